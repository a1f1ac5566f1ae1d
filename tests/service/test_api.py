"""What the service answers, finds and encodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from flask.testing import FlaskClient

from faq_component.assistant.build_encoders import build_encoder
from faq_component.usage.log import UsageLog
from tests.pool import TOPICS
from tests.service.conftest import Open, service_of


def test_a_question_that_a_post_asks_is_answered(client: FlaskClient) -> None:
    answer = client.post("/v1/answer", json={"text": "门票多少钱？"})
    assert answer.status_code == 200
    said = answer.get_json()
    assert (said["outcome"], said["topic"], said["title"]) == ("answer", "ticket", "门票价格")
    assert said["response"] in TOPICS["门票价格"]["resp"]
    assert said["choices"] == []
    assert said["version"] == service_of(client).live.current.faq.version
    assert "门票价格" in answer.get_data(as_text=True)  # Chinese is sent as it is


def test_a_question_between_topics_is_asked_back(client: FlaskClient) -> None:
    said = client.post("/v1/answer", json={"text": "怎么收费"}).get_json()
    assert said["outcome"] == "clarify"
    assert said["response"] == "您是不是想问："
    assert (said["topic"], said["title"]) == (None, None)
    assert [choice["topic"] for choice in said["choices"]][:2] == ["parking", "ticket"]
    assert {"topic": "parking", "title": "停车"} in said["choices"]


def test_what_no_topic_knows_is_rejected(client: FlaskClient) -> None:
    for text in ("黑洞蒸发", " ", "\u200b", "???"):
        said = client.post("/v1/answer", json={"text": text}).get_json()
        assert (said["outcome"], said["topic"], said["response"], said["choices"]) == ("reject", None, None, [])


def test_a_rich_response_is_given_as_it_stands_in_the_faq(client: FlaskClient) -> None:
    said = client.post("/v1/answer", json={"text": "怎么办年卡"}).get_json()
    assert said["response"] == TOPICS["办年卡"]["resp"][0]


def test_a_topic_whose_responses_are_all_for_a_channel_has_none_here(client: FlaskClient) -> None:
    said = client.post("/v1/answer", json={"text": "公众号是什么"}).get_json()
    assert (said["outcome"], said["topic"], said["response"]) == ("answer", "wechat", None)


def test_search_gives_as_many_topics_as_are_asked_for(client: FlaskClient) -> None:
    hits = client.post("/v1/search", json={"text": "停车怎么收费", "top_k": 2}).get_json()["hits"]
    assert [hit["topic"] for hit in hits] == ["parking", "ticket"]
    assert hits[0] == {"topic": "parking", "title": "停车", "post": "停车怎么收费", "score": 1.0}
    assert len(client.post("/v1/search", json={"text": "怎么", "top_k": 1.0}).get_json()["hits"]) == 1
    assert client.post("/v1/search", json={"text": "\u200b"}).get_json()["hits"] == []


def test_encode_gives_the_vectors_of_the_encoder(client: FlaskClient) -> None:
    texts = ["门票多少钱", "水温", "门票多少钱"]
    expected = build_encoder(service_of(client).settings).encode(texts)
    answer = client.post("/v1/encode", json={"texts": texts}).get_json()
    np.testing.assert_allclose(answer["vectors"], expected, atol=1e-6)
    assert answer["dim"] == expected.shape[1]
    assert answer["encoder"] == build_encoder(service_of(client).settings).fingerprint
    for number in (7, "七"):
        body = {"id": number, "texts": texts, "is_tokenized": False}
        form = client.post("/encode", json=body).get_json()
        assert (form["id"], form["status"], form["results"]) == (number, 200, answer["vectors"])


def test_a_broken_encoder_is_a_problem_of_encoding_only(open_client: Open) -> None:
    client = open_client(recall={"encoder": "nothing/here"})
    answer = client.post("/v1/encode", json={"texts": ["水温"]})
    assert answer.status_code == 503
    assert "nothing/here is not an encoder" in answer.get_json()["detail"]
    assert client.post("/v1/answer", json={"text": "水温多少度"}).get_json()["topic"] == "water"


def test_what_is_answered_is_logged_as_a_bots_answers_are(open_client: Open, usage_log: Path) -> None:
    client = open_client(recall={"log": "the environment's"})
    client.post("/v1/answer", json={"text": "池水加热吗"})
    client.post("/v1/answer", json={"text": "池水加热吗"})  # from the cache
    service_of(client).close()
    events = [event for event in UsageLog(usage_log).events() if event.channel == "http"]
    assert [event.topic for event in events[-2:]] == ["water", "water"]
    assert events[-1].text == "池水加热吗"
    assert events[-1].topics[0] == ("water", 1.0)


def test_the_description_and_the_page_come_from_here(client: FlaskClient) -> None:
    described = client.get("/openapi.json").get_json()
    addresses = {rule.rule for rule in client.application.url_map.iter_rules()}
    assert set(described["paths"]) == addresses - {"/", "/docs", "/openapi.json"} - {
        rule for rule in addresses if rule.startswith("/docs/")
    }
    assert described["components"]["schemas"]["Question"]["properties"]["text"]["maxLength"] == 1_000
    page = client.get("/docs")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    text = page.get_data(as_text=True)
    assert "://" not in text
    for address in ("/docs/swagger/swagger-ui.css", "/docs/swagger/swagger-ui-bundle.js", "/docs/pages/docs.js"):
        assert address in text
        assert client.get(address).status_code == 200
    assert client.get("/").headers["Location"] == "/docs"
    assert client.get("/docs/swagger/..%2f__init__.py").status_code == 404
