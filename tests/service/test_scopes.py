"""Scopes, leads and questions to begin with, over HTTP."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from marshmallow import ValidationError

from faq_component.dialogue.scope import MOST
from faq_component.service.schemas import make_schemas
from faq_component.service.settings import ServiceSettings
from tests.pool import TOPICS
from tests.service.conftest import Open, service_of

KEYS: dict[str, dict[str, Any]] = {
    "营业时间": {"tags": ["大堂"], "recommend": True},
    "门票价格": {
        "tags": ["大堂", "收费"],
        "related": ["hours", "water"],
        "follow": [{"topic": "card", "title": "办卡"}],
        "not": ["停车票多少钱"],
        "handoff": True,
    },
    "停车": {"tags": ["停车", "收费"], "recommend": True},
}


@pytest.mark.parametrize(
    ("scope", "is_valid"),
    [(["a"] * MOST, True), (["a"] * (MOST + 1), False), ([["a"] * MOST], True), ([["a"] * (MOST + 1)], False)],
    ids=["list", "long list", "group", "long group"],
)
def test_the_documented_bound_of_tags_is_the_true_one(scope: Any, is_valid: bool) -> None:
    field = make_schemas(ServiceSettings(), 5)["Message"].fields["scope"]
    documented = {"oneOf": field.metadata["oneOf"]}
    assert Draft202012Validator(documented).is_valid(scope) is is_valid
    with contextlib.nullcontext() if is_valid else pytest.raises(ValidationError):
        field.deserialize(scope)


@pytest.fixture
def tagged(open_client: Open, tmp_path: Path) -> FlaskClient:
    client = open_client()
    topics = {title: {**topic, **KEYS.get(title, {})} for title, topic in TOPICS.items()}
    (tmp_path / "pool.json").write_text(json.dumps(topics), "utf-8")
    client.post("/admin/reload", headers={"Authorization": "Bearer a token of the tests"})
    return client


def ask(client: FlaskClient, address: str = "/v1/answer", **body: Any) -> dict[str, Any]:
    answer = client.post(address, json=body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    said: dict[str, Any] = answer.get_json()
    return said


def test_an_answer_leads_on(tagged: FlaskClient) -> None:
    said = ask(tagged, text="门票多少钱")
    assert said["follow"] == [{"topic": "card", "title": "办卡"}]
    assert said["related"] == [{"topic": "hours", "title": "营业时间"}, {"topic": "water", "title": "水温"}]
    assert said["handoff"] is True
    assert ask(tagged, text="门票多少钱", scope="大堂")["related"] == [{"topic": "hours", "title": "营业时间"}]
    other = ask(tagged, text="水温多少度")
    assert (other["follow"], other["related"], other["handoff"]) == ([], [], False)


def test_a_scope_is_kept_apart_in_the_cache(tagged: FlaskClient) -> None:
    for _turn in range(2):
        assert ask(tagged, text="停车怎么收费")["topic"] == "parking"
        assert ask(tagged, text="停车怎么收费", scope="停车")["topic"] == "parking"
        assert ask(tagged, text="停车怎么收费", scope=["大堂"])["topic"] != "parking"
        assert ask(tagged, text="停车怎么收费", scope=[["大堂", "停车"], ["收费"]])["topic"] == "parking"
        assert ask(tagged, text="停车怎么收费", scope=[["大堂"], ["停车"]])["topic"] is None


def test_recall_and_search_stay_in_the_scope(tagged: FlaskClient) -> None:
    topics = [hit["topic"] for hit in ask(tagged, "/v1/search", text="怎么收费", scope="收费", top_k=9)["hits"]]
    assert sorted(topics) == ["parking", "ticket"]
    found = [hit["topic"] for hit in ask(tagged, "/v1/recall", text="怎么收费", scope="停车")["hits"]]
    assert found == ["parking"]


def test_a_negative_takes_its_topic_out(tagged: FlaskClient) -> None:
    hits = ask(tagged, "/v1/search", text="停车票多少钱", top_k=9)["hits"]
    assert "ticket" not in [hit["topic"] for hit in hits]
    assert ask(tagged, text="门票多少钱")["topic"] == "ticket"


@pytest.mark.parametrize(
    ("scope", "status", "detail"),
    [
        ("深水", 404, "The scope is wrong: no topic has the tag '深水'; the tags are: 停车, 大堂, 收费."),
        ([""], 404, "The scope is wrong: no topic has the tag ''; the tags are: 停车, 大堂, 收费."),
        ({"tag": "大堂"}, 422, "'scope' is wrong: the scope is neither a tag, nor a list of tags"),
        ([1], 422, "'scope' is wrong: the scope is neither a tag, nor a list of tags"),
    ],
)
def test_a_faulty_scope_is_one_sentence(tagged: FlaskClient, scope: Any, status: int, detail: str) -> None:
    for address in ("/v1/answer", "/v1/recall", "/v1/search"):
        answer = tagged.post(address, json={"text": "停车", "scope": scope})
        assert answer.status_code == status
        assert answer.get_json()["detail"].startswith(detail)


def test_questions_to_begin_with(tagged: FlaskClient) -> None:
    said = tagged.get("/v1/suggest").get_json()
    assert said["questions"] == [
        {"topic": "hours", "title": "营业时间", "text": "几点开门"},
        {"topic": "parking", "title": "停车", "text": "可以停车吗"},
    ]
    assert [q["topic"] for q in tagged.get("/v1/suggest?count=1").get_json()["questions"]] == ["hours"]
    assert [q["topic"] for q in tagged.get("/v1/suggest?tag=停车").get_json()["questions"]] == ["parking"]
    both = tagged.get("/v1/suggest", query_string={"tag": ["停车", "大堂"]}).get_json()["questions"]
    assert [q["topic"] for q in both] == ["hours", "parking"]


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("count=1&count=2", 422, "'count' must be a whole number from 1 to 100."),
        ("count=0", 422, "'count' must be a whole number from 1 to 100."),
        ("count=x", 422, "'count' must be a whole number from 1 to 100."),
        ("tags=x", 422, "'tags' is unknown; the fields are tag, count."),
        ("tag=深水", 404, "The scope is wrong: no topic has the tag '深水'; the tags are: 停车, 大堂, 收费."),
    ],
)
def test_a_faulty_request_for_them(tagged: FlaskClient, query: str, status: int, detail: str) -> None:
    answer = tagged.get(f"/v1/suggest?{query}")
    assert (answer.status_code, answer.get_json()["detail"]) == (status, detail)


def test_without_recommendations_the_most_asked_are_suggested(
    open_client: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAQ_LOG", str(tmp_path / "usage.sqlite"))
    client = open_client(recall={"log": "the environment's"})
    for text in ("池水加热吗", "水温多少度", "必须戴泳帽吗"):
        ask(client, text=text)
    service_of(client)._usage.flush()
    topics = [question["topic"] for question in client.get("/v1/suggest").get_json()["questions"]]
    assert topics[:2] == ["water", "cap"]


def test_what_is_typed_is_completed(tagged: FlaskClient) -> None:
    said = tagged.get("/v1/complete", query_string={"text": "停车"}).get_json()
    assert [question["topic"] for question in said["questions"]] == ["parking"]
    assert said["version"]
    scoped = tagged.get("/v1/complete", query_string={"text": "停车", "tag": "大堂"}).get_json()
    assert scoped["questions"] == []
    both = tagged.get("/v1/complete", query_string={"text": "多", "tag": ["停车", "收费"], "count": "1"}).get_json()
    assert len(both["questions"]) == 1


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("", 422, "'text' is missing; it must be a text of 1 to "),
        ("text=", 422, "'text' must be a text of 1 to "),
        ("text=a&text=b", 422, "'text' must be a text of 1 to "),
        ("text=a&count=0", 422, "'count' must be a whole number from 1 to 100."),
        ("text=a&scope=x", 422, "'scope' is unknown; the fields are text, tag, count."),
        ("text=a&tag=深水", 404, "The scope is wrong: no topic has the tag '深水'"),
    ],
)
def test_a_faulty_request_for_completions(tagged: FlaskClient, query: str, status: int, detail: str) -> None:
    answer = tagged.get(f"/v1/complete?{query}")
    assert answer.status_code == status
    assert answer.get_json()["detail"].startswith(detail)


def test_the_nearest_topics_of_a_rejected_question(open_client: Open) -> None:
    for floor, count in ((None, 0), (0.0, 3), (1.0, 0)):
        said = ask(open_client(recall={"nearest_floor": floor}), text="今天股票涨了吗")
        assert (said["outcome"], len(said["nearest"])) == ("reject", count)
