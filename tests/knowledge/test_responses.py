"""Rich responses: read from FAQ files, chosen as Rasa chooses, given back as they are."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from faq_component.knowledge.checking import check_faq, load_faq
from faq_component.knowledge.response_choice import draw_response
from faq_component.knowledge.responses import RichResponse, message_of, response_to_json, suitable, text_of
from faq_component.knowledge.topics import Topic

VIP = {"type": "slot", "name": "vip", "value": True}
VARIATIONS: list[dict[str, Any]] = [
    {"text": "all"},
    {"text": "slack", "channel": "slack"},
    {"text": "vip", "conditions": [VIP]},
    {"text": "vip on slack", "channel": "slack", "conditions": [VIP]},
    {"text": "city", "conditions": [{"type": "slot", "name": "city", "value": "Wuhan"}]},
]


def read(folder: Path, *responses: Any) -> tuple[Any, ...]:
    file = folder / "faq.json"
    file.write_text(json.dumps({"题": {"post": ["问"], "resp": list(responses)}}, ensure_ascii=False), "utf-8")
    report = check_faq(file)
    return report.faq.topics[0].responses if report.faq else report.faults


def test_objects_and_texts_are_read_and_written_back(tmp_path: Path) -> None:
    button = {"title": "退货 {x}", "payload": '/faq_pick{"topic": "return_how"}', "type": "postback"}
    rich = {"text": "看图 {", "buttons": [button], "image": "https://x/y.png", "channel": "slack", "conditions": [VIP]}
    found = read(tmp_path, "好", rich, {"custom": {"a": [1, {"b": None}]}})
    assert found[0] == "好"
    assert found[1] == RichResponse("看图 {", (button,), "https://x/y.png", None, None, "slack", (VIP,))
    assert [response_to_json(response) for response in found] == ["好", rich, {"custom": {"a": [1, {"b": None}]}}]
    assert message_of(found[1]) == {"text": "看图 {", "buttons": [button], "image": "https://x/y.png"}
    assert message_of(found[2]) == {"json_message": {"a": [1, {"b": None}]}}
    assert [text_of(response) for response in found] == ["好", "看图 {", ""]


def test_the_fingerprint_sees_what_a_response_is_made_of(tmp_path: Path) -> None:
    prints = set()
    for response in ("好", {"text": "好"}, {"text": "好", "channel": "slack"}, {"text": "好", "image": "x"}):
        read(tmp_path, response)
        prints.add(load_faq(tmp_path / "faq.json").fingerprint)
    assert len(prints) == 4


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ({"txt": "好"}, "unknown key 'txt'; known are text, buttons"),
        ({"text": "好", "condition": []}, "unknown key 'condition'; did you mean 'conditions'?"),
        ({"text": " "}, "'text' is not a text, or empty"),
        ({"channel": "slack"}, "says nothing; write at least one of text"),
        ({"text": "好", "buttons": {}}, "'buttons' is not a list"),
        ({"text": "好", "buttons": [{"payload": "/x"}]}, "buttons[0] has no title"),
        ({"text": "好", "buttons": [{"title": "a"}]}, "buttons[0] has no payload"),
        ({"text": "好", "conditions": [{"name": "a", "value": 1}]}, "conditions[0] is not of the form"),
        ({"text": "好", "conditions": [{**VIP, "type": "intent"}]}, "conditions[0] is not about a slot"),
        ({"custom": "x"}, "'custom' is not an object"),
        ({"text": "\ud800"}, "holds half a surrogate pair"),
    ],
)
def test_a_faulty_object_is_named(response: Any, message: str, tmp_path: Path) -> None:
    (tmp_path / "faq.json").write_text(json.dumps({"题": {"post": ["问"], "resp": ["好", response]}}), "utf-8")
    faults = check_faq(tmp_path / "faq.json").faults
    assert any(f"topic '题': resp[1] {message}" in fault for fault in faults), faults


@pytest.mark.rasa
@pytest.mark.parametrize("channel", ["slack", "telegram"])
@pytest.mark.parametrize("slots", [{}, {"vip": True}, {"vip": False, "city": "wuhan"}, {"vip": True, "city": "Wuhan"}])
def test_chosen_as_rasa_chooses(channel: str, slots: dict[str, Any], tmp_path: Path) -> None:
    from rasa.core.nlg.generator import ResponseVariationFilter

    found = suitable(read(tmp_path, *VARIATIONS), channel, slots)
    in_rasa = [
        {("condition" if key == "conditions" else key): value for key, value in variation.items()}
        for variation in VARIATIONS
    ]
    wanted = ResponseVariationFilter({"utter_x": in_rasa}).responses_for_utter_action("utter_x", channel, slots)
    assert [text_of(response) for response in found] == [variation["text"] for variation in wanted]


def test_no_response_where_none_suits() -> None:
    topic = Topic("t", "题", ("问",), (RichResponse("好", channel="slack"),))
    assert draw_response(topic, random.Random(0), channel="rest") is None
    assert draw_response(topic, random.Random(0), channel="slack") == topic.responses[0]
