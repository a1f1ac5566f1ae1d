"""Run on a real Milvus server, which is version 2.3: without full text, so that hybrid has its words in the process."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.assistant.live import LiveFaq
from faq_component.encoders import Vectors
from faq_component.errors import FaqError, StartError
from faq_component.knowledge.checking import Faq, Topic
from faq_component.retrieval.engines import milvus as milvus_module
from faq_component.retrieval.engines import milvus_client, milvus_store, milvus_vectors
from faq_component.retrieval.engines.milvus import MilvusRetriever
from faq_component.retrieval.engines.milvus_client import open_client
from faq_component.retrieval.engines.milvus_versions import VersionsInAliases, version_names
from faq_component.retrieval.question import Among, Question
from faq_component.retrieval.tokens import characters_and_bigrams
from faq_component.settings import Settings
from faq_component.types import Hit
from tests.fakes import CharacterEncoder
from tests.milvus_server import MilvusServer
from tests.retrieval.engines.test_milvus import QUERIES, SHOP, edited, name_of, oracle

Open = Callable[..., MilvusRetriever]
MODES = ("dense", "hybrid")


@pytest.fixture(scope="module")
def client(milvus: MilvusServer) -> Any:
    return open_client(milvus.uri, None, local=False)


@pytest.fixture
def prefix(client: Any) -> Iterator[str]:
    """Begins the names of the collections of this test alone, which are gone afterwards."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    yield name
    for found in client.list_collections():
        if found.startswith(name):
            for alias in client.describe_collection(found)["aliases"]:
                client.drop_alias(alias)
            client.drop_collection(found)


@pytest.fixture
def open_faq(milvus: MilvusServer, prefix: str) -> Open:
    return opening(milvus, prefix)


@pytest.fixture
def open_shop(milvus: MilvusServer) -> Open:
    """Opens the same collection in each test that builds no other."""
    return opening(milvus, "shop")


def opening(milvus: MilvusServer, prefix: str) -> Open:
    def open_it(faq: Faq = SHOP, encoder: CharacterEncoder | None = None, **options: Any) -> MilvusRetriever:
        given = {"uri": milvus.uri, "collection": prefix, "mode": "dense", "tokenize": characters_and_bigrams}
        return MilvusRetriever(faq, encoder or CharacterEncoder(), **{**given, **options})

    return open_it


def season(number: int, topics: int = 30) -> Faq:
    """A version of an FAQ of which no post is in another version."""
    return Faq.of(
        Topic(f"t{n}", f"{n}", (f"{chr(0x4E00 + n)}第{number}季", f"第{number}季的{chr(0x4E00 + n)}"), ("好",))
        for n in range(topics)
    )


def scores(hits: Sequence[Hit]) -> list[float]:
    return [hit.score for hit in hits]


def recovered(search: Callable[[], Sequence[Hit]]) -> Sequence[Hit]:
    """Ask until there is an answer, as users would."""
    deadline = time.monotonic() + 90
    while True:
        try:
            return search()
        except FaqError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def test_topics_and_scores_are_those_of_the_local_retrievers(open_shop: Open) -> None:
    for mode in MODES:
        ours, reference = open_shop(mode=mode, agreement=0.6), oracle(SHOP, mode)
        for query in QUERIES:
            hits, expected = ours.search(Question(query), 3), reference.search(Question(query), 3)
            assert scores(hits) == pytest.approx(scores(expected), abs=1e-5), (mode, query)
            clear = [hit for hit in expected if sum(abs(hit.score - other.score) < 1e-5 for other in expected) == 1]
            assert {(hit.topic_id, hit.post) for hit in clear} <= {(hit.topic_id, hit.post) for hit in hits}


def test_words_of_milvus_need_a_later_version(open_shop: Open, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(
        StartError, match=r"^Milvus at http://\S+ is version 2.3, and the mode 'keyword' needs 2.5 or later: update it,"
    ):
        open_shop(mode="keyword")
    with caplog.at_level(logging.INFO):
        open_shop(mode="hybrid")
    assert "the mode 'hybrid' takes its words from an inverted index in this process" in caplog.text


@pytest.mark.parametrize("listed", [2_000, 0])  # rows in a filter; without any, more is searched and left out here
def test_tags_filter(open_shop: Open, monkeypatch: pytest.MonkeyPatch, listed: int) -> None:
    monkeypatch.setattr(milvus_vectors, "_MOST_LISTED", listed)
    for mode in MODES:
        ours, reference = open_shop(mode=mode, agreement=0.6), oracle(SHOP, mode)
        for topics in ({"exchange"}, {"return", "night", "invoice"}, set()):
            for query in ("请问怎么退货", "换货", "开发票"):
                question = Question(query, Among(frozenset(topics), frozenset({"night"})))
                hits, expected = ours.search(question, 2), reference.search(question, 2)
                assert {hit.topic_id for hit in hits} <= topics - {"night"}
                assert scores(hits) == pytest.approx(scores(expected), abs=1e-5)


def test_a_few_edits_are_live_without_another_collection(open_shop: Open, client: Any) -> None:
    without_one = Faq.of(topic for topic in SHOP.topics if topic.id != "night")
    edits = [edited(1), without_one, Faq.of([*reversed(edited(2).topics)])]
    for mode in MODES:
        retriever = before = open_shop(mode=mode, agreement=0.6)
        for faq in edits:
            encoder = CharacterEncoder()
            retriever, reopened = retriever.updated(faq), open_shop(faq, encoder, mode=mode, agreement=0.6)
            reference = oracle(faq, mode)
            for query in ("新问题1", "请问怎么退货", "晚安"):
                expected = reference.search(Question(query), 3)
                for ours in (retriever, reopened):  # a process that has seen the edit, and one that starts after it
                    assert scores(ours.search(Question(query), 3)) == pytest.approx(scores(expected), abs=1e-5)
            assert len(encoder.encoded) <= 1 + 3  # the new post; the queries
        assert before.search(Question("退货退货"), 1)[0].score == pytest.approx(1.0, abs=1e-5)
    assert len(version_names(client, "shop")) == 1


def test_new_versions_are_switched_by_alias_under_load(open_faq: Open, client: Any, prefix: str) -> None:
    behind = open_faq(season(0), mode="hybrid")
    current = (0, behind)
    asked, faults = [0, 0, 0], []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            number, retriever = current
            try:
                hits = retriever.search(Question("一第季"), 5)
            except FaqError as error:
                faults.append(str(error))
                continue
            asked[number] += 1
            if len(hits) != 5 or not all(f"第{number}季" in hit.post for hit in hits):
                faults.append(f"version {number}: {hits}")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in (1, 2):
            current = (number, current[1].updated(season(number)))
            while asked[number] < 20 and not faults:
                time.sleep(0.05)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert faults == []
    assert min(asked) >= 20
    names = VersionsInAliases(client, prefix).read()
    assert names[0] == name_of(current[1])
    assert sorted(names) == sorted(version_names(client, prefix))  # the current one and the one before
    with pytest.raises(FaqError, match=r"^Milvus failed at a search \(.*\); see that it runs, and start again$"):
        behind.search(Question("一第季"), 1)  # two versions behind
    assert len(behind.updated(season(2)).search(Question("一第季"), 5)) == 5
    encoder = CharacterEncoder()
    back = open_faq(season(1), encoder)
    assert encoder.encoded == []
    assert VersionsInAliases(client, prefix).read() == [name_of(back), names[0]]
    edit = Faq.of([*season(0).topics, Topic("new", "新", ("新问题",), ("好",))])
    assert behind.updated(edit).search(Question("新问题"), 1)[0].post == "新问题"  # though its collection is gone


PROCESS = """
import json, sys
from faq_component.retrieval.engines.milvus import MilvusRetriever
from faq_component.retrieval.question import Question
from tests.fakes import CharacterEncoder
from tests.retrieval.engines.test_milvus_server import season
encoder = CharacterEncoder()
print("ready", flush=True)
sys.stdin.readline()
retriever = MilvusRetriever(season(0), encoder, uri=sys.argv[1], collection=sys.argv[2], mode="dense")
encoded = len(encoder.encoded)
print(json.dumps([encoded, [[hit.topic_id, hit.score] for hit in retriever.search(Question("第0季"), 40)]]))
"""


def test_processes_that_start_together_share_what_one_of_them_builds(milvus: MilvusServer, prefix: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, milvus.uri, prefix],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    results = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        output, _error = process.communicate(timeout=120)
        results.append(json.loads(output.splitlines()[-1]))
    assert sorted(encoded for encoded, _hits in results) == [0, 0, 60]
    assert results[0][1] == results[1][1] == results[2][1]
    assert len(results[0][1]) == 30


class StallingEncoder(CharacterEncoder):
    """Encodes ten posts, and then nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.stalled, self.go = threading.Event(), threading.Event()

    def encode(self, texts: Sequence[str]) -> Vectors:
        if len(self.encoded) >= 10:
            self.stalled.set()
            self.go.wait()
        return super().encode(texts)


@pytest.mark.slow  # the processes that start together always run
def test_another_process_takes_over_from_one_that_died_while_building(
    milvus: MilvusServer, prefix: str, open_faq: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = PROCESS.replace("CharacterEncoder()", "StallingEncoder()").replace("import season", "import *")
    code = code.replace("retriever = ", "milvus_module._BATCH = 10\nretriever = ")
    dying = subprocess.Popen([sys.executable, "-c", code, milvus.uri, prefix], stdin=subprocess.PIPE)
    assert dying.stdin is not None
    dying.stdin.write(b"\n")
    dying.stdin.flush()
    try:
        client = open_client(milvus.uri, None, local=False)
        while not version_names(client, prefix):
            assert dying.poll() is None
            time.sleep(0.1)
    finally:
        dying.kill()
        dying.communicate()
    monkeypatch.setattr(milvus_store, "_STALE_SECONDS", 3.0)
    encoder = CharacterEncoder()
    retriever = open_faq(season(0), encoder)
    assert len(encoder.encoded) == 60
    assert {hit.topic_id for hit in retriever.search(Question("第0季"), 40)} == {f"t{n}" for n in range(30)}


def test_an_edit_is_live_in_every_process(milvus: MilvusServer, prefix: str, tmp_path: Path) -> None:
    file = tmp_path / "faq.json"
    topics: dict[str, Any] = {
        "退货": {"post": ["怎么退货", "我要退货"], "resp": ["好"]},
        "晚安": {"post": ["晚安", "我睡了"], "resp": ["好"]},
        "发票": {"post": ["开发票", "要发票"], "resp": ["好"]},
    }
    file.write_text(json.dumps(topics), "utf-8")
    thresholds: dict[str, Any] = {"answer_threshold": 0.5, "clarify_threshold": 0.4, "margin": 0.02}
    settings = Settings(
        faq=str(file),
        retriever="milvus",
        milvus_uri=milvus.uri,
        milvus_collection=prefix,
        cache_dir=str(tmp_path / "cache"),
        reload_seconds=0.0,
        log="none",
        contrast=False,
        **thresholds,
    )
    first, second = LiveFaq(settings, "first"), LiveFaq(settings, "second")
    topics["会员"] = {"post": ["怎么成为会员"], "resp": ["好"]}
    del topics["晚安"]
    file.write_text(json.dumps(topics), "utf-8")
    for live in (first, second):
        assert live.refresh()
        assert live.search(Question("怎么成为会员"), 1)[0].score == pytest.approx(1.0, abs=1e-3)
        assert "晚安" not in {hit.post for hit in live.search(Question("晚安"), 5)}
        live.close()


def test_a_server_that_hangs(milvus: MilvusServer, open_shop: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    retriever = open_shop(mode="hybrid")
    expected = retriever.search(Question("怎么退货呢"), 3)
    monkeypatch.setattr(milvus_module, "_SEARCH_SECONDS", 1.0)
    monkeypatch.setattr(milvus_client, "_CONNECT_SECONDS", 1.0)
    with milvus.stopped():
        with pytest.raises(FaqError, match=r"^Milvus failed at a search \(Deadline Exceeded\); see that it runs"):
            retriever.search(Question("怎么退货呢"), 3)
        with pytest.raises(StartError, match=r"^Milvus at http://\S+ does not answer \(.*\); check address and token$"):
            open_shop(season(0), token="other:connection")
    monkeypatch.undo()
    assert recovered(lambda: retriever.search(Question("怎么退货呢"), 3)) == expected


def test_a_server_that_is_killed_while_a_version_is_built(
    milvus: MilvusServer, open_faq: Open, client: Any, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever = open_faq(season(0), mode="hybrid")
    expected = retriever.search(Question("一第0季"), 3)
    monkeypatch.setattr(milvus_module, "_BATCH", 10)
    encoder, faults = StallingEncoder(), []

    def build() -> None:
        try:
            open_faq(season(1), encoder)
        except FaqError as error:
            faults.append(str(error))

    building = threading.Thread(target=build)
    building.start()
    assert encoder.stalled.wait(60)
    milvus.kill()
    try:
        with pytest.raises(FaqError, match=r"^Milvus failed at a search \(.*\); see that it runs, and start again$"):
            retriever.search(Question("一第0季"), 3)
        encoder.go.set()
        building.join()
    finally:
        milvus.start()
    assert [fault.partition(" (")[0] for fault in faults] == ["Milvus failed at opening the FAQ"]
    assert recovered(lambda: retriever.search(Question("一第0季"), 3)) == expected
    assert VersionsInAliases(client, prefix).read() == [name_of(retriever)]  # the half-filled one is not marked
    monkeypatch.setattr(milvus_store, "_STALE_SECONDS", 3.0)
    hits = open_faq(season(1)).search(Question("第1季"), 40)
    assert {hit.topic_id for hit in hits} == {f"t{n}" for n in range(30)}
    assert all("第1季" in hit.post for hit in hits)


def test_a_collection_of_another_client_is_left_and_replaced(open_faq: Open, client: Any, prefix: str) -> None:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=8)
    index = client.prepare_index_params()
    index.add_index("vector", index_type="HNSW", metric_type="IP", params={"M": 8, "efConstruction": 40})
    older = f"{prefix}_0123456789ab"
    client.create_collection(older, schema=schema, index_params=index)
    client.insert(older, [{"id": n, "vector": np.ones(8, np.float32)} for n in range(11)])
    client.create_alias(older, prefix)
    retriever = open_faq()
    assert VersionsInAliases(client, prefix).read() == [name_of(retriever), older]
    assert retriever.search(Question("退货退货"), 1)[0].score == pytest.approx(1.0, abs=1e-5)


def test_a_collection_with_the_name_of_the_alias_gets_a_sentence(open_faq: Open, client: Any, prefix: str) -> None:
    client.create_collection(prefix, dimension=8)
    with pytest.raises(FaqError, match=rf"^Milvus has a collection '{prefix}', and the alias of the current version"):
        open_faq()


@pytest.mark.slow  # the same on Lite always runs
def test_what_is_damaged_is_built_anew(open_faq: Open, client: Any, prefix: str) -> None:
    client.delete(name_of(open_faq()), ids=[3])
    retriever = open_faq()
    assert {hit.topic_id for hit in retriever.search(Question("退"), 9)} == {topic.id for topic in SHOP.topics}
    assert retriever.search(Question("退货退货"), 1)[0].score == pytest.approx(1.0, abs=1e-5)
