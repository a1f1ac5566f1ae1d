"""Decisions are kept, answers are drawn anew."""

from __future__ import annotations

import pickle
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient

from faq_component.errors import SettingsError
from faq_component.service.cache import MemoryStore, _context
from faq_component.settings import Settings
from tests.pool import TOPICS
from tests.redis_server import RedisServer
from tests.service.conftest import Open, service_of
from tests.service.faqs import write_faq


def ask(client: FlaskClient, text: str) -> dict[str, Any]:
    answer = client.post("/v1/answer", json={"text": text})
    assert answer.status_code == 200
    said: dict[str, Any] = answer.get_json()
    return said


def lookups(client: FlaskClient) -> tuple[int, int, float]:
    """Hits, misses and the ratio, as Prometheus is told."""
    page = client.get("/metrics").get_data(as_text=True)

    def value(name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE)
        return float(found[1]) if found else 0.0

    hits, misses = (int(value(f'faq_cache_lookups_total{{result="{result}"}}')) for result in ("hit", "miss"))
    return hits, misses, value("faq_cache_hit_ratio")


def test_a_question_that_was_asked_is_not_searched_again(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask(client, "门票多少钱")
    monkeypatch.setattr(service_of(client), "pool", None)
    responses = set()
    for _ in range(60):
        again = ask(client, "  门票多少钱 ")  # normalised, it is the same
        responses.add(again.pop("response"))
        assert again == {key: value for key, value in first.items() if key != "response"}
    assert responses == set(TOPICS["门票价格"]["resp"])  # the decision is kept, not what was drawn
    assert lookups(client) == pytest.approx((60, 1, 60 / 61))


@pytest.mark.parametrize("text", ["停车收费多少钱", "黑洞蒸发", "公众号是什么", "怎么办年卡"])
def test_what_is_kept_says_the_same(client: FlaskClient, text: str) -> None:
    assert ask(client, text) == ask(client, text)
    assert lookups(client)[0] == 1


def test_an_edit_leaves_nothing_of_what_was_kept(client: FlaskClient, tmp_path: Path) -> None:
    service = service_of(client)
    ask(client, "水温多少度")
    write_faq(tmp_path, {title: topic for title, topic in TOPICS.items() if title != "水温"})
    assert service.live.refresh()
    assert ask(client, "水温多少度")["topic"] is None
    ask(client, "水温多少度")
    assert lookups(client)[0] == 0  # the rule is of the version before, so decisions are not kept
    assert service.live.refit()
    ask(client, "水温多少度")
    ask(client, "水温多少度")
    assert lookups(client)[0] == 1


def test_an_edit_frees_the_memory_of_what_was_kept(client: FlaskClient, tmp_path: Path) -> None:
    service = service_of(client)
    ask(client, "水温多少度")
    kept = service.cache.key(service.assistant.knowledge, "\n".join(["", "null", "水温多少度"]))
    assert service.cache.get(kept)
    write_faq(tmp_path, {title: topic for title, topic in TOPICS.items() if title != "门票价格"})
    assert service.live.refresh()
    assert service.live.refit()
    ask(client, "停车收费多少钱")
    assert service.cache.get(kept) is None


def test_without_a_cache_every_question_is_searched(open_client: Open) -> None:
    client = open_client(cache=False)
    ask(client, "水温多少度")
    ask(client, "水温多少度")
    assert lookups(client) == (0, 0, 0.0)


def test_the_oldest_go_when_it_is_full(open_client: Open) -> None:
    client = open_client(cache_entries=20)
    for number in range(40):
        ask(client, f"第{number}个")
    ask(client, "第39个")
    assert lookups(client)[0] == 1
    ask(client, "第0个")
    assert lookups(client)[0] == 1


def test_what_was_asked_lately_stays_when_the_memory_is_full() -> None:
    store = MemoryStore(3, 60)
    for key in "abc":
        store.set(key, key.encode())
    assert store.get("a") == b"a"
    store.set("d", b"d")
    assert [store.get(key) for key in "abcd"] == [b"a", None, b"c", b"d"]


def test_a_decision_is_kept_for_so_long(open_client: Open) -> None:
    client = open_client(cache_seconds=1)
    ask(client, "水温多少度")
    ask(client, "水温多少度")
    time.sleep(1.1)
    ask(client, "水温多少度")
    assert lookups(client)[:2] == (1, 2)


def test_threads_share_the_memory() -> None:
    store = MemoryStore(50, 60)

    def work(first: int) -> None:
        for number in range(first, first + 2_000):
            store.set(str(number), str(number).encode())
            assert store.get(str(number)) in (None, str(number).encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(0, 8_000, 1_000)))
    assert sum(store.get(str(number)) is not None for number in range(10_000)) == 50


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A real Redis, which a test may stop."""
    with RedisServer(tmp_path) as server:
        yield server


def test_processes_share_what_is_in_redis(
    open_client: Open, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = redis_server.url
    one, other = open_client(redis_url=url), open_client(redis_url=url)
    said = ask(one, "水温多少度")
    monkeypatch.setattr(service_of(other), "pool", None)
    assert ask(other, "水温多少度") == said
    (key,) = redis.Redis.from_url(url).keys()
    assert re.fullmatch(rb"faq:[0-9a-f]{64}", key)  # nothing of the question
    assert 0 < redis.Redis.from_url(url).ttl(key) <= 3_600


class Bomb:
    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit('unpickled')",)


@pytest.mark.parametrize(
    "value",
    [
        b"!" + pickle.dumps(Bomb()),
        b"\xff",
        b"{}",
        b"7",
        pytest.param(b"[" * 200_000, id="nested"),
        b'{"outcome": "answer", "confidence": 1.0, "topics": ["gone"], "hits": [{"topic": "gone", "score": 1.0}]}',
        b'{"outcome": "answer", "confidence": 1.0, "topics": [], "hits": []}',
        b'{"outcome": "nonsense", "confidence": 1.0, "topics": ["water"], "hits": [{"topic": "water", "score": 1.0}]}',
    ],
)
def test_what_others_wrote_into_redis_is_not_believed(
    open_client: Open, redis_server: RedisServer, value: bytes
) -> None:
    url = redis_server.url
    client = open_client(redis_url=url)
    said = ask(client, "水温多少度")
    connection = redis.Redis.from_url(url)
    (key,) = connection.keys()
    connection.set(key, value)
    assert ask(client, "水温多少度") == said
    assert lookups(client)[0] == 0


def test_without_redis_questions_are_answered(
    open_client: Open, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    client = open_client(redis_url=redis_server.url)
    said = ask(client, "水温多少度")
    redis_server.stop()
    for _ in range(5):
        assert ask(client, "水温多少度") == said
    assert len([record for record in caplog.records if "Redis does not answer" in record.message]) == 1


def test_a_redis_that_hangs_is_left_alone_until_it_is_back(
    open_client: Open, redis_server: RedisServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = open_client(redis_url=redis_server.url)
    said = ask(client, "水温多少度")
    redis_server.signal(signal.SIGSTOP)
    for _ in range(5):
        assert ask(client, "水温多少度") == said
    assert len([record for record in caplog.records if "Redis does not answer (TimeoutError)" in record.message]) == 1
    redis_server.signal(signal.SIGCONT)
    monkeypatch.setattr(service_of(client).cache._store, "_paused_until", 0.0)
    assert ask(client, "水温多少度") == said
    assert lookups(client)[:2] == (1, 6)


def test_a_url_that_is_none_is_refused_without_its_password(open_client: Open) -> None:
    with pytest.raises(SettingsError, match="'redis_url' is not the URL of a Redis") as raised:
        open_client(redis_url="http://user:geheim@host")
    assert "geheim" not in str(raised.value)


def test_a_file_counts_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.onnx").write_bytes(b"reranker")
        (tmp_path / f"{name}.txt").write_text("退货 退钱", "utf-8")

    def context(name: str) -> str:
        synonyms, reranker = str(tmp_path / f"{name}.txt"), str(tmp_path / name)
        return _context(Settings(reranker="cross", synonyms=synonyms, reranker_path=reranker), "encoder")

    before = context("one")
    assert context("other") == before
    (tmp_path / "other" / "model.onnx").write_bytes(b"another")
    assert context("other") != before
    (tmp_path / "one.txt").write_text("退货 换货", "utf-8")
    assert context("one") != before
