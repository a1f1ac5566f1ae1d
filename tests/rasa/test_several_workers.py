"""Rasa with two workers on deploy/endpoints.production.yml: real Redis, real PostgreSQL, real action server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from faq_component.knowledge.checking import load_faq
from faq_component.rasa.process.launch import HOST
from tests.postgres import Postgres
from tests.redis_server import RedisServer
from tests.servers import ROOT, Bot, new_sender

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> str:
    return postgres.new_database()


@pytest.fixture(scope="module")
def two_workers(
    trained: None, redis: RedisServer, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    url = urlsplit(database)
    with Bot(
        tmp_path_factory.mktemp("bot"),
        endpoints=ROOT / "deploy/endpoints.production.yml",
        SANIC_WORKERS="2",
        POSTGRES_HOST=HOST,
        POSTGRES_PORT=str(url.port),
        POSTGRES_DB=url.path.strip("/"),
        POSTGRES_USER=str(url.username),
        POSTGRES_PASSWORD=str(url.password),
        REDIS_HOST=HOST,
        REDIS_PORT=str(redis.port),
        REDIS_PASSWORD=redis.password,
    ) as running:
        yield running


def test_conversations_go_on_whichever_worker_answers(two_workers: Bot, database: str) -> None:
    faq = load_faq("data/faq")

    def talk(_: int) -> set[str]:
        sender = new_sender()
        assert two_workers.say("帮我查一下订单", sender)[0]["text"].startswith("请告诉我订单号")
        couriers = two_workers.say("你们发什么快递", sender)
        assert couriers[0]["text"] in faq.by_id["choose_courier"].responses
        assert couriers[1]["text"].startswith("请告诉我订单号")
        assert "榨汁杯" in two_workers.say("HW20261105", sender)[0]["text"]
        offered = two_workers.say("订单怎么取消", sender)[0]["buttons"]
        picked = faq.by_id[offered[1]["payload"].split('"')[3]]
        assert two_workers.say("第二个", sender)[0]["text"] in picked.responses
        return {sender}

    with ThreadPoolExecutor(4) as users:
        senders = set().union(*users.map(talk, range(12)))
    assert len(senders) == 12

    import psycopg2

    with psycopg2.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT sender_id) FROM events WHERE sender_id = ANY(%s)", (list(senders),))
        assert cursor.fetchone() == (12,)


def test_messages_of_one_user_at_once_are_answered_one_after_the_other(two_workers: Bot, database: str) -> None:
    sender = new_sender()
    with ThreadPoolExecutor(4) as users:
        replies = list(users.map(lambda _: two_workers.say("非常感谢", sender), range(8)))
    said = [reply[0]["text"] for reply in replies]
    assert set(said) <= set(load_faq("data/faq").by_id["thanks"].responses)

    import psycopg2

    with psycopg2.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT type_name FROM events WHERE sender_id = %s AND type_name IN ('user', 'bot') ORDER BY id", (sender,)
        )
        assert [name for (name,) in cursor.fetchall()] == ["user", "bot"] * 8


def test_both_workers_work(two_workers: Bot) -> None:
    children = Path(f"/proc/{two_workers.rasa.pid}/task/{two_workers.rasa.pid}/children").read_text("utf-8").split()
    busy = [pid for pid in children if "rasa" in Path(f"/proc/{pid}/cmdline").read_text("utf-8")]
    assert len(busy) == 2
