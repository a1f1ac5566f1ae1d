"""Whoosh, Lucene and Elasticsearch: their scores by our formulas, and what must never be opened."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_component.errors import SettingsError, StartError
from faq_component.knowledge.checking import Faq, Topic
from faq_component.retrieval.engines import elasticsearch_engine, whoosh_engine
from faq_component.retrieval.engines.elasticsearch_engine import ElasticsearchRetriever
from faq_component.retrieval.engines.lucene_engine import LuceneRetriever
from faq_component.retrieval.engines.whoosh_engine import WhooshRetriever
from faq_component.retrieval.question import Among, Question
from faq_component.retrieval.tokens import characters_and_bigrams
from tests.fakes import CharacterEncoder
from tests.retrieval.engines.lucene import needs_lucene

SHOP = Faq.of(
    [
        Topic("return", "退货", ("怎么退货", "我要退货", "东西不想要了"), ("好",)),
        Topic("exchange", "换货", ("怎么换货", "换个大一码的"), ("好",)),
        Topic("night", "晚安", ("晚安", "我睡了"), ("好",)),
    ]
)


@needs_lucene
def test_lucene_scores_by_its_formula_worked_out_by_hand() -> None:
    faq = Faq.of([Topic(name, name, (post,), ("好",)) for name, post in [("a", "ab"), ("b", "cd"), ("c", "ef")]])
    (hit,) = LuceneRetriever(faq, list).search(Question("ax"), 3)
    # Every post has two words, as the query has: the length norm is k1, so each known word weighs its IDF.
    known, unknown = 0.980829, 2.079442  # ln(1 + 2.5 / 1.5), ln(1 + 3.5 / 0.5)
    assert hit.score == pytest.approx(known / (known + unknown), abs=1e-5)


@needs_lucene
def test_lucene_takes_very_long_words_and_queries() -> None:
    faq = Faq.of([Topic("long", "长", ("a" * 400,), ("好",)), *SHOP.topics])
    retriever = LuceneRetriever(faq, characters_and_bigrams)
    assert retriever.search(Question("a" * 400), 1)[0].topic_id == "long"
    many = "".join(chr(0x4E00 + number) for number in range(3_000)) + "晚安"
    assert len(retriever.search(Question(many), 3)) <= 3


@needs_lucene
def test_without_jars_lucene_says_what_to_install() -> None:
    code = (
        "from faq_component.retrieval.engines.lucene_engine import start_java\n"
        "from faq_component.errors import StartError\n"
        "try: start_java()\n"
        "except StartError as error: print(error)"
    )
    environment = {**os.environ, "LUCENE_JARS": "/nowhere/*.jar"}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "there are no jars of Lucene at /nowhere/*.jar; on Debian: apt install liblucene8-java" in told.stdout


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that Whoosh indexes were built in."""
    folders: list[Path] = []
    build = whoosh_engine._build

    def counted(folder: Path, documents: Any) -> None:
        folders.append(folder)
        build(folder, documents)

    monkeypatch.setattr(whoosh_engine, "_build", counted)
    return folders


def test_a_whoosh_index_is_used_again_for_the_same_posts_only(tmp_path: Path, built: list[Path]) -> None:
    folder = tmp_path / "index"
    first = WhooshRetriever(SHOP, characters_and_bigrams, folder).search(Question("怎么退货"), 3)
    assert WhooshRetriever(SHOP, characters_and_bigrams, folder).search(Question("怎么退货"), 3) == first
    assert built == [folder]
    assert folder.stat().st_mode & 0o077 == 0
    other = Faq.of(SHOP.topics[1:])
    hits = WhooshRetriever(other, characters_and_bigrams, folder).search(Question("怎么退货"), 3)
    assert [hit.topic_id for hit in hits] == ["exchange"]
    assert built == [folder, folder]


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __reduce__(self) -> Any:
        return Path.touch, (self._file,)


@pytest.mark.parametrize("what", ["every file", "a file more", "open to the group"])
def test_a_whoosh_index_that_somebody_touched_is_not_opened(tmp_path: Path, built: list[Path], what: str) -> None:
    folder, sprung = tmp_path / "index", tmp_path / "sprung"
    WhooshRetriever(SHOP, characters_and_bigrams, folder)
    trap = pickle.dumps(Trap(sprung))
    if what == "every file":
        for file in folder.iterdir():
            file.write_bytes(trap)
    elif what == "a file more":
        (folder / "_MAIN_99.toc").write_bytes(trap)
    else:
        folder.chmod(0o770)
    hits = WhooshRetriever(SHOP, characters_and_bigrams, folder).search(Question("怎么退货"), 1)
    assert hits[0].topic_id == "return"
    assert built == [folder, folder]
    assert not sprung.exists()


def test_elasticsearch_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(StartError, match=r"Elasticsearch at http://127\.0\.0\.1:1 cannot be used: "):
        ElasticsearchRetriever(SHOP, characters_and_bigrams, url="http://127.0.0.1:1")


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://me:very-secret@127.0.0.1", "http://[::1", "9200"])
def test_an_address_of_elasticsearch_that_cannot_be(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        ElasticsearchRetriever(SHOP, characters_and_bigrams, url=url)
    message = "setting 'elasticsearch_url' is no address with a host and a port; write http://host:9200"
    assert str(caught.value) == message


def test_elasticsearch_with_vectors_needs_an_encoder() -> None:
    with pytest.raises(SettingsError, match="choose keyword, or dense with an encoder"):
        ElasticsearchRetriever(SHOP, characters_and_bigrams, url="http://127.0.0.1:1", mode="dense")


@pytest.mark.skipif("ELASTICSEARCH_URL" not in os.environ, reason="ELASTICSEARCH_URL is not set: no server to ask")
@pytest.mark.parametrize("mode", ["keyword", "dense"])
def test_a_real_elasticsearch(mode: str) -> None:
    alias = f"faq-test-{uuid.uuid4().hex[:8]}"
    url = os.environ["ELASTICSEARCH_URL"]

    def build(faq: Faq) -> ElasticsearchRetriever:
        return ElasticsearchRetriever(
            faq, characters_and_bigrams, url=url, index=alias, mode=mode, encoder=CharacterEncoder()
        )

    for topic in SHOP.topics:
        for post in topic.posts:
            best = build(SHOP).search(Question(post), 1)[0]
            assert best.topic_id == topic.id
            assert best.score == pytest.approx(1.0, abs=0.01)
    assert "return" not in {hit.topic_id for hit in build(Faq.of(SHOP.topics[1:])).search(Question("怎么退货"), 3)}
    for topics in ({"exchange"}, {"exchange", "night"}):
        hits = build(SHOP).search(Question("怎么退货", Among(frozenset(topics))), 3)
        assert hits[0].topic_id == "exchange"
        assert {hit.topic_id for hit in hits} <= topics


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.6, 1.0])
def test_a_scope_of_any_size_fits_into_elasticsearchs_conditions(share: float) -> None:
    posts = 300_000
    among = np.random.default_rng(30).permutation(posts) < share * posts
    given = elasticsearch_engine._filter(among)["bool"]
    named = [condition["terms"]["row"] for condition in given.get("should", given.get("must_not"))]
    assert named
    assert all(len(rows) <= 65_536 for rows in named)
    rows = np.zeros(posts, dtype=bool)
    rows[[row for part in named for row in part]] = True
    assert np.array_equal(rows if "should" in given else ~rows, among)
