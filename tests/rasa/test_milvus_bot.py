"""Rasa, its action server and the service as processes of their own, on one collection of a Milvus server."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from faq_component.knowledge.store import open_store
from faq_component.knowledge.topics import Faq
from faq_component.rasa.process.launch import RASA, quiet_environment
from tests.milvus_server import MilvusServer
from tests.servers import ROOT, Bot, copy_checkout, new_sender
from tests.service.faqs import TOKEN
from tests.service.processes import Serving, send, wait_until

pytestmark = pytest.mark.slow
QUESTION, EDITED = "你们发什么快递", "无人机能送到屋顶吗"


def test_both_answer_from_one_collection_and_follow_an_edit(milvus: MilvusServer, tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "checkout")
    _use_milvus(checkout, milvus.uri)
    trained = subprocess.run(
        [sys.executable, "-m", RASA, "train"], cwd=checkout, env=quiet_environment(), capture_output=True
    )
    assert trained.returncode == 0, trained.stderr[-3000:]
    faq = checkout / "data/faq"
    shared = {"retriever": "milvus", "milvus_mode": "dense", "milvus_uri": milvus.uri, "milvus_collection": "bot"}
    kept = {"faq": str(faq), "cache_dir": str(tmp_path / "serve"), "log": "none"}
    (tmp_path / "bot").mkdir()
    (tmp_path / "service").mkdir()
    with Bot(tmp_path / "bot", checkout) as bot, Serving(tmp_path / "service", {**shared, **kept}) as service:

        def topics(text: str) -> tuple[list[str], str | None]:
            sender = new_sender()
            assert bot.say(text, sender)
            reply = send(service.port, "POST", "/v1/answer", {"text": text}, Authorization=f"Bearer {TOKEN}")
            assert reply.status == 200, reply.body
            return bot.latest_message(sender)["faq"]["topics"][:1], reply.json()["topic"]

        before = topics(QUESTION)
        assert before[1] is not None
        assert before[0] == [before[1]]
        _edit(faq, before[1])
        wait_until(lambda: topics(EDITED) == before)
        assert topics(QUESTION) == before


def _use_milvus(checkout: Path, uri: str) -> None:
    (checkout / "config.yml").unlink()
    shipped = (ROOT / "config.yml").read_text("utf-8")
    ours = f"    retriever: milvus\n    milvus_mode: dense\n    milvus_uri: {uri}\n    milvus_collection: bot\n"
    assert "    retriever: hybrid\n" in shipped
    (checkout / "config.yml").write_text(shipped.replace("    retriever: hybrid\n", ours), "utf-8")
    (checkout / "models").unlink()
    (checkout / "models").mkdir()
    (checkout / "models/encoder").symlink_to(ROOT / "models/encoder")


def _edit(faq: Path, topic_id: str) -> None:
    def edited(now: Faq) -> Faq:
        with_it = replace(now.by_id[topic_id], posts=(*now.by_id[topic_id].posts, EDITED))
        return Faq.of(with_it if topic.id == topic_id else topic for topic in now.topics)

    open_store(str(faq)).edit(edited, who="test", what="a post")
