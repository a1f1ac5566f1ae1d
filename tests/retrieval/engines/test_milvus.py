"""Run for real on Milvus Lite; the server has its own tests (`test_milvus_server`)."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from faq_component.encoders import Vectors
from faq_component.errors import FaqError, SettingsError
from faq_component.knowledge.checking import Faq, Topic
from faq_component.retrieval import DenseRetriever, HybridRetriever, KeywordRetriever, Retriever
from faq_component.retrieval.engines import milvus as milvus_module
from faq_component.retrieval.engines.milvus import MODES, MilvusRetriever
from faq_component.retrieval.engines.milvus_client import check_address
from faq_component.retrieval.engines.milvus_versions import VersionsInFile, version_names
from faq_component.retrieval.hybrid import FusionWeights
from faq_component.retrieval.question import Among, Question
from faq_component.retrieval.tokens import characters_and_bigrams
from tests.fakes import CharacterEncoder

pymilvus = pytest.importorskip("pymilvus")
server_manager = pytest.importorskip("milvus_lite.server_manager").server_manager_instance

SHOP = Faq.of(
    [
        Topic("return", "退货", ("怎么退货", "我要退货", "东西不想要了", "退货退货"), ("好",)),
        Topic("exchange", "换货", ("怎么换货", "换个大一码的", "？！"), ("好",)),
        Topic("night", "晚安", ("晚安", "我睡了"), ("好",)),
        Topic("invoice", "发票", ("开发票", "app闪退"), ("好",)),
    ]
)
ODD = ["", "   ", "？！", "\u200b\ufeff", "\x00\x07", "😀😀", "退" * 100_000, "unknown words only", "' or row > 0 --"]
QUERIES = ["请问怎么退货", "退货退货", "我睡了吗", "开发票", "ＡＰＰ\u200b闪退", "你好", *ODD]

Open = Callable[..., MilvusRetriever]


def release(uri: str) -> None:
    """End the server of a file and forget the connections to it, as the end of a process would."""
    for alias, _ in pymilvus.connections.list_connections():
        if pymilvus.connections.get_connection_addr(alias).get("address", "").endswith(f"_{Path(uri).name}.sock"):
            pymilvus.connections.remove_connection(alias)
    server_manager.release_server(uri)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Opens retrievers over one file, all of them with characters as words."""
    uri = str(tmp_path_factory.mktemp("shop") / "shop.db")

    def open_shop(**options: Any) -> MilvusRetriever:
        options = {"tokenize": characters_and_bigrams, **options}
        return MilvusRetriever(SHOP, CharacterEncoder(), uri=uri, **options)

    yield open_shop
    release(uri)


@pytest.fixture
def uri(tmp_path: Path) -> Iterator[str]:
    path = str(tmp_path / f"{tmp_path.name[-20:]}.db")
    yield path
    if path in map(str, server_manager._servers):
        release(path)


def opened(uri: str, faq: Faq = SHOP, encoder: CharacterEncoder | None = None, **options: Any) -> MilvusRetriever:
    options = {"tokenize": characters_and_bigrams, **options}
    return MilvusRetriever(faq, encoder or CharacterEncoder(), uri=uri, **options)


def name_of(retriever: MilvusRetriever) -> str:
    assert retriever.stored is not None
    return retriever.stored.name


def complete(uri: str, prefix: str = "faq") -> list[str]:
    return VersionsInFile(Path(f"{uri}.{prefix}.json")).read()


def oracle(faq: Faq, mode: str) -> Retriever:
    """The retriever of this package that works without Milvus."""
    dense, keyword = DenseRetriever(faq, CharacterEncoder()), KeywordRetriever(faq, characters_and_bigrams)
    weights = FusionWeights(keyword=0.4, agreement=0.6)
    retrievers: dict[str, Retriever] = {
        "dense": dense,
        "keyword": keyword,
        "hybrid": HybridRetriever(dense, keyword, weights),
    }
    return retrievers[mode]


@pytest.mark.parametrize("mode", MODES)
def test_topics_and_scores_are_those_of_the_retriever_without_milvus(shop: Open, mode: str) -> None:
    ours, reference = shop(mode=mode, agreement=0.6), oracle(SHOP, mode)
    for query in QUERIES:
        hits, expected = ours.search(Question(query), 3), reference.search(Question(query), 3)
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in expected], abs=1e-3), query
        # Products that are equal but for rounding may change places.
        clear = [hit for hit in expected if sum(abs(hit.score - other.score) < 1e-3 for other in expected) == 1]
        assert {(hit.topic_id, hit.post) for hit in clear} <= {(hit.topic_id, hit.post) for hit in hits}, query


@pytest.mark.parametrize("mode", MODES)
def test_order_range_and_one_hit_per_topic(shop: Open, mode: str) -> None:
    retriever = shop(mode=mode)
    for query in QUERIES:
        hits = retriever.search(Question(query), 3)
        assert len({hit.topic_id for hit in hits}) == len(hits) <= 3
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert all(0.0 <= hit.score <= 1.0 for hit in hits)
    assert retriever.search(Question("请问怎么退货"), 3)[0].topic_id == "return"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("topics", [{"exchange"}, {"return", "night", "invoice"}, set()])
def test_a_scope_is_filtered_by_an_expression(shop: Open, mode: str, topics: set[str]) -> None:
    ours, reference = shop(mode=mode, agreement=0.6), oracle(SHOP, mode)
    for query in ("请问怎么退货", "换货", "开发票"):
        among = Among(frozenset(topics), frozenset({"night"}))
        hits, expected = ours.search(Question(query, among), 2), reference.search(Question(query, among), 2)
        assert {hit.topic_id for hit in hits} <= topics - {"night"}
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in expected], abs=1e-3)


@pytest.mark.parametrize("mode", MODES)
def test_a_post_itself_comes_first_and_scores_one(shop: Open, mode: str) -> None:
    retriever = shop(mode=mode)
    for topic in SHOP.topics:
        for post in topic.posts:
            if post == "？！" and mode != "dense":  # no word in it
                continue
            best = retriever.search(Question(post), 1)[0]
            assert best.topic_id == topic.id
            assert best.score == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("mode", MODES)
def test_blank_queries_find_nothing_and_a_great_top_k_every_topic(shop: Open, mode: str) -> None:
    retriever = shop(mode=mode)
    assert [retriever.search(Question(query), 3) for query in ("", " \t", "\u200b\ufeff", "\x00\x07")] == [[]] * 4
    assert retriever.search(Question("怎么退货"), 0) == []
    topics = {hit.topic_id for hit in retriever.search(Question("怎么退货"), 1_000)}
    assert topics == {"return", "exchange", "night", "invoice"} if mode != "keyword" else topics >= {"return"}


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_hybrid_of_one_side_alone(shop: Open, weight: float) -> None:
    side = shop(mode="keyword" if weight else "dense").search(Question("怎么退货呢"), 2)
    hits = shop(keyword_weight=weight).search(Question("怎么退货呢"), 2)
    assert [hit.topic_id for hit in hits] == [hit.topic_id for hit in side]
    assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in side], abs=1e-3)


@pytest.mark.parametrize("mode", MODES)
def test_chinese_words_of_milvus_own_jieba(uri: str, tmp_path: Path, mode: str) -> None:
    retriever = opened(uri, tokenize=None, cache_dir=tmp_path, mode=mode)
    assert retriever.search(Question("请问怎么退货？"), 1)[0].topic_id == "return"
    for topic in SHOP.topics:
        for post in topic.posts:
            if post != "？！":
                best = retriever.search(Question(post), 1)[0]
                assert best.topic_id == topic.id, post
                assert best.score == pytest.approx(1.0, abs=0.05), post
    if mode == "keyword":
        assert (
            retriever.search(Question("货"), 1) == []
        )  # a word that jieba cuts nowhere: words are compared, not characters


@pytest.mark.parametrize("mode", MODES)
def test_a_topic_of_many_alike_posts_does_not_hide_the_others(uri: str, mode: str) -> None:
    crowd = Topic("crowd", "退", tuple(f"退货{number}" for number in range(60)), ("好",))
    more = Topic("more", "退换", tuple(f"退换货{number}" for number in range(90)), ("好",))
    faq = Faq.of([crowd, Topic("other", "退款", ("我要退款",), ("好",)), more])
    assert {hit.topic_id for hit in opened(uri, faq, mode=mode).search(Question("退货"), 3)} == {
        "crowd",
        "other",
        "more",
    }


@pytest.mark.parametrize("mode", MODES)
def test_the_same_post_in_two_topics_gives_both_in_the_order_of_the_faq(uri: str, mode: str) -> None:
    others = Topic("c", "丙", ("晚安", "你好", "谢谢", "早上好"), ("好",))
    faq = Faq.of([Topic("b", "乙", ("重复的话",), ("好",)), Topic("a", "甲", ("重复的话", "别的"), ("好",)), others])
    assert [hit.topic_id for hit in opened(uri, faq, mode=mode).search(Question("重复的话"), 2)] == ["b", "a"]


def test_an_empty_faq_finds_nothing_and_one_post_itself(uri: str) -> None:
    assert opened(uri, Faq.of([])).search(Question("怎么退货"), 3) == []
    only = Faq.of([Topic("night", "晚安", ("晚安",), ("好",))])
    assert [opened(uri, only, mode=mode).search(Question("晚安"), 5)[0].topic_id for mode in MODES] == ["night"] * 3


def test_posts_too_long_for_a_field_are_cut(uri: str) -> None:
    faq = Faq.of([Topic("long", "长", ("退货" * 20_000,), ("好",)), Topic("short", "短", ("晚安",), ("好",))])
    retriever = opened(uri, faq, mode="keyword")
    assert retriever.search(Question("退货"), 1)[0].topic_id == "long"
    stored = retriever._store.client.query(name_of(retriever), filter="row == 0", output_fields=["text"])[0]["text"]
    assert 60_000 < len(stored.encode()) <= 65_535  # a cluster refuses more, Lite does not


def test_reopening_uses_the_stored_collection_and_encodes_nothing(uri: str) -> None:
    encoder = CharacterEncoder()
    before = opened(uri, encoder=encoder).search(Question("怎么退货呢"), 3)
    assert len(encoder.encoded) == 11 + 1  # the posts and the query
    release(uri)
    again = CharacterEncoder()
    retriever = opened(uri, encoder=again)
    assert again.encoded == []
    assert retriever.search(Question("怎么退货呢"), 3) == before


def test_posts_go_to_the_post_encoder(uri: str) -> None:
    queries, posts = CharacterEncoder(), CharacterEncoder()
    opened(uri, encoder=queries, post_encoder=posts).search(Question("怎么退货呢"), 3)
    assert (queries.encoded, len(posts.encoded)) == (["怎么退货呢"], 11)


class OtherEncoder(CharacterEncoder):
    fingerprint = "other"


def test_other_vectors_and_other_words_are_another_version(uri: str) -> None:
    opened(uri)
    other, same = OtherEncoder(), CharacterEncoder()
    opened(uri, encoder=other)
    opened(uri, encoder=same, tokenize=list)
    assert (len(other.encoded), len(same.encoded)) == (11, 11)
    assert len(complete(uri)) == 2


def edited(number: int) -> Faq:
    return Faq.of([*SHOP.topics, Topic("new", "新", (f"新问题{number}",), ("好",))])


def test_an_edit_switches_the_pointer_keeps_the_one_before_and_drops_older_ones(uri: str) -> None:
    retrievers = [opened(uri, edited(number)) for number in range(3)]
    client = retrievers[0]._store.client
    assert sorted(complete(uri)) == sorted(version_names(client, "faq"))
    assert complete(uri) == [name_of(retrievers[2]), name_of(retrievers[1])]
    assert retrievers[2].search(Question("新问题2"), 1)[0].post == "新问题2"
    assert retrievers[1].search(Question("新问题1"), 1)[0].post == "新问题1"  # a process that has not seen the edit yet
    with pytest.raises(FaqError, match=r"^Milvus failed at a search \(.*\); see that it runs, and start again$"):
        retrievers[0].search(Question("新问题0"), 1)
    back = CharacterEncoder()
    opened(uri, edited(1), back)
    assert (complete(uri), back.encoded) == ([name_of(retrievers[1]), name_of(retrievers[2])], [])


def test_two_faqs_in_one_file_leave_each_other_alone(uri: str) -> None:
    first, second = opened(uri), opened(uri, edited(1), collection="faq_other")
    opened(uri, edited(2), collection="faq_other")
    opened(uri, edited(3), collection="faq_other")
    assert first.search(Question("晚安"), 1)[0].score == pytest.approx(1.0, abs=1e-3)
    assert complete(uri) == [name_of(first)]
    assert name_of(second) not in complete(uri, "faq_other")


class CrashError(Exception):
    pass


def test_a_crash_between_insert_and_pointer_is_repaired(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise CrashError

    opened(uri, edited(1))
    with monkeypatch.context() as patch:
        patch.setattr(VersionsInFile, "switch", crash)
        with pytest.raises(CrashError):
            opened(uri, edited(2))
    assert len(complete(uri)) == 1  # the version before is still the current one
    encoder = CharacterEncoder()
    retriever = opened(uri, edited(2), encoder)
    assert len(encoder.encoded) == 12
    assert complete(uri)[0] == name_of(retriever)
    assert retriever.search(Question("新问题2"), 1)[0].post == "新问题2"


class FailingEncoder(CharacterEncoder):
    def encode(self, texts: Sequence[str]) -> Vectors:
        if len(self.encoded) >= 4:
            raise CrashError
        return super().encode(texts)


def test_a_crash_while_inserting_is_repaired(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus_module, "_BATCH", 2)
    with pytest.raises(CrashError):
        opened(uri, encoder=FailingEncoder())
    assert complete(uri) == []
    retriever = opened(uri)
    assert [retriever.search(Question(post), 1)[0].topic_id for post in ("晚安", "app闪退")] == ["night", "invoice"]


@pytest.mark.parametrize("damage", ["a row", "the collection", "the pointer"])
def test_what_is_missing_or_damaged_is_built_anew(uri: str, damage: str) -> None:
    retriever = opened(uri)
    if damage == "a row":
        retriever._store.client.delete(name_of(retriever), ids=[3])
    elif damage == "the collection":
        retriever._store.client.drop_collection(name_of(retriever))
    else:
        Path(f"{uri}.faq.json").write_bytes(b"{")
    encoder = CharacterEncoder()
    assert opened(uri, encoder=encoder).search(Question("退货退货"), 1)[0].score == pytest.approx(1.0, abs=1e-3)
    assert len(encoder.encoded) == 11 + 1


def test_a_second_process_gets_one_sentence(uri: str) -> None:
    opened(uri)
    code = "import sys\nfrom faq_component.errors import StartError\n"
    code += "from tests.retrieval.engines.test_milvus import opened\ntry: opened(sys.argv[1])\n"
    code += "except StartError as error: print(error)"
    result = subprocess.run([sys.executable, "-c", code, uri], capture_output=True, text=True, timeout=120)
    assert result.stdout.count("\n") == 1
    assert "cannot be opened" in result.stdout
    assert "only one process at a time can; stop the other, or use a Milvus cluster" in result.stdout


def test_a_cluster_that_does_not_answer_and_no_token_in_sight() -> None:
    code = "from tests.retrieval.engines.test_milvus import opened\n"
    code += "from faq_component.retrieval.engines import milvus_client\nmilvus_client._CONNECT_SECONDS = 1.0\n"
    code += "from faq_component.errors import StartError\n"
    code += "try: opened('http://127.0.0.1:9')\nexcept StartError as error: print(error)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "MILVUS_TOKEN": "root:very-secret"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.stdout.startswith("Milvus at http://127.0.0.1:9 does not answer (")
    assert result.stdout.endswith("; check address and token\n")
    digest = hashlib.md5(b"root:very-secret", usedforsecurity=False).hexdigest()  # pymilvus would log it
    assert not any(secret in result.stdout + result.stderr for secret in ("very-secret", digest))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "both"}, "Milvus mode is 'both'; choose one of hybrid, dense, keyword"),
        ({"keyword_weight": 1.5}, "setting 'keyword_weight' is 1.5; it must be between 0 and 1"),
        ({"collection": "1-faq"}, "Milvus collection '1-faq'"),
        ({"uri": "faq.sqlite"}, "give a file that ends in .db, or http://host:19530"),
        ({"uri": "ftp://host/faq.db"}, "give a file that ends in .db, or http://host:19530"),
        ({"uri": "问答.db"}, "use up to 36 ASCII letters"),
        ({"uri": "https://root:very-secret@host:19530"}, "MILVUS_TOKEN"),
        ({"uri": "http://root:very-secret@host:99999"}, "'milvus_uri' is no address: its host or port cannot be read"),
        ({"uri": "http://host:nineteen"}, "'milvus_uri' is no address: its host or port cannot be read"),
        ({"uri": "http://[::1"}, "'milvus_uri' is no address: its host or port cannot be read"),
    ],
)
def test_settings_that_cannot_be(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        opened(**{"uri": "faq.db", **options})
    assert message in str(caught.value)
    assert "very-secret" not in str(caught.value)


def test_addresses() -> None:
    assert check_address("some/folder/faq.db")
    assert not check_address("http://localhost:19530")
    assert not check_address("https://milvus.example.com")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format_version": 2}', b'{"format_version": 9, "complete": ["a"]}'])
def test_a_pointer_that_says_nothing_sensible(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "faq.db.faq.json"
    file.write_bytes(content)
    versions = VersionsInFile(file)
    assert versions.read() == []
    versions.switch("a")
    versions.switch("b")
    versions.switch("c")
    assert versions.read() == ["c", "b"] == json.loads(file.read_text())["complete"]
    versions.forget("c")
    assert versions.read() == ["b"]
