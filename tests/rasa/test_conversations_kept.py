"""A restart of Rasa loses no form, whichever database keeps the conversations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from faq_component.knowledge.checking import load_faq
from faq_component.rasa.process.launch import HOST
from tests.redis_server import RedisServer
from tests.servers import Bot, new_sender


@pytest.fixture
def tracker_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The section `tracker_store` of `endpoints.yml`, and what it names running."""
    if request.param == "sqlite":
        shipped = yaml.safe_load(Path("endpoints.yml").read_text("utf-8"))["tracker_store"]
        assert shipped == {"type": "faq_component.rasa.SqliteConversations", "db": ".faq/conversations.sqlite"}
        yield {**shipped, "db": str(tmp_path / "conversations.sqlite")}
    elif request.param == "postgresql":
        url = urlsplit(request.getfixturevalue("postgres").new_database())
        account = {"username": url.username, "password": url.password, "db": url.path.strip("/")}
        yield {"type": "SQL", "dialect": "postgresql", "url": HOST, "port": url.port, **account}
    else:
        with RedisServer(tmp_path) as redis:
            yield {"type": "redis", "url": HOST, "port": redis.port, "password": redis.password}


@pytest.mark.slow
@pytest.mark.parametrize("tracker_store", ["sqlite", "postgresql", "redis"], indirect=True)
def test_a_form_goes_on_after_a_restart(trained: None, tmp_path: Path, tracker_store: dict[str, Any]) -> None:
    sender, other = new_sender(), new_sender()
    with Bot(tmp_path, tracker_store=tracker_store) as bot:
        bot.say("帮我查一下订单", sender)
        offered = bot.say("订单怎么取消", other)[0]["buttons"]
        bot.kill_rasa()
        bot.start_rasa()
        bot.wait()
        assert "榨汁杯" in bot.say("HW20261105", sender)[0]["text"]
        # What was asked back is kept too.
        picked = load_faq("data/faq").by_id[offered[0]["payload"].split('"')[3]]
        assert bot.say("第一个", other)[0]["text"] in picked.responses
