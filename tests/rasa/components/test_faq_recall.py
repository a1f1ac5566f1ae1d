"""FaqRecall, with slots that hold what no slot of ours holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.nlu.classifiers.keyword_intent_classifier import KeywordIntentClassifier
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from faq_component.assistant.assistant import Assistant
from faq_component.rasa import FaqRecall
from faq_component.rasa.components.incoming_channel import handling
from faq_component.settings import Settings
from tests.caches import warmed

FAQ = {
    title: {"id": topic, "post": posts, "resp": ["好的"]}
    for topic, title, posts in (
        ("refund", "退款", ["怎么退款", "退款几天到账"]),
        ("invoice", "发票", ["怎么开发票", "发票在哪里开"]),
        ("address", "地址", ["地址怎么改", "送货地址写错了"]),
    )
}


@pytest.fixture(scope="module")
def component(tmp_path_factory: pytest.TempPathFactory) -> FaqRecall:
    folder: Path = tmp_path_factory.mktemp("faq")
    (folder / "faq.json").write_text(json.dumps(FAQ), "utf-8")
    settings = Settings(faq=str(folder), retriever="keyword", log="none", cache_dir=warmed(folder / "cache"))
    return FaqRecall(settings, Assistant(settings))


def after(action: str, slot: str, value: Any) -> DialogueStateTracker:
    tracker = DialogueStateTracker("u", [])
    for event in (UserUttered("退"), ActionExecuted(action), SlotSet(slot, value), ActionExecuted("action_listen")):
        tracker.update(event)
    return tracker


def classified(name: str | None, confidence: float, text: str) -> Message:
    ranking = [{"name": name, "confidence": confidence}, {"name": "faq", "confidence": 0.1}]
    return Message({TEXT: text, INTENT: ranking[0], INTENT_RANKING_KEY: ranking}, output_properties={TEXT})


def placed(component: FaqRecall, *pipeline: type) -> FaqRecall:
    """The component in a pipeline."""
    nodes, before = {"provide": SimpleNamespace(uses=object, needs={})}, "provide"
    for uses in pipeline:
        nodes[uses.__name__] = SimpleNamespace(uses=uses, needs={"messages": before, "domain": "provide"})
        before = uses.__name__
    context: Any = SimpleNamespace(graph_schema=SimpleNamespace(nodes=nodes), node_name="FaqRecall")
    config = {name: getattr(component._settings, name) for name in ("faq", "retriever", "log", "cache_dir")}
    return FaqRecall.create(config, None, None, context)


@pytest.fixture(scope="module")
def pipelines(component: FaqRecall) -> dict[str, FaqRecall]:
    return {
        "before": placed(component, FaqRecall, KeywordIntentClassifier, FallbackClassifier),
        "behind": placed(component, FallbackClassifier, FaqRecall, KeywordIntentClassifier),
        "without": placed(component, KeywordIntentClassifier, FaqRecall),
    }


@pytest.mark.parametrize(
    ("name", "confidence", "text", "before", "behind"),
    [
        ("greet", 0.4, "今天天气不错呀", "nlu_fallback", "greet"),  # the dialogue's own, unsure as it is
        ("greet", 0.9, "今天天气不错呀", "greet", "greet"),
        ("greet", 0.4, "怎么退款", "faq", "faq"),
        ("faq", 0.9, "今天天气不错呀", "nlu_fallback", "nlu_fallback"),
        ("nlu_fallback", 0.7, "今天天气不错呀", "nlu_fallback", "nlu_fallback"),
        ("nlu_fallback", 0.7, "怎么退款", "faq", "faq"),
        (None, 0.0, "今天天气不错呀", "nlu_fallback", "nlu_fallback"),
    ],
)
def test_before_and_behind_the_fallback_classifier(
    pipelines: dict[str, FaqRecall], name: str | None, confidence: float, text: str, before: str, behind: str
) -> None:
    for place, expected in (("before", before), ("behind", behind), ("without", behind)):
        (message,) = pipelines[place].process([classified(name, confidence, text)], DialogueStateTracker("u", []))
        assert message.get(INTENT)["name"] == expected, place


def intent(component: FaqRecall, text: str, tracker: DialogueStateTracker) -> str | None:
    (message,) = component.process([Message({TEXT: text}, output_properties={TEXT})], tracker)
    name: str | None = message.get(INTENT)["name"]
    return name


def test_a_choice_among_topics_is_read(component: FaqRecall) -> None:
    assert intent(component, "2", after("action_faq_clarify", "faq_choices", ["refund", "invoice"])) == "faq_pick"


@pytest.mark.parametrize("odd", [7, True, "refund", {"refund": 1}, [["refund"]], [{"id": "refund"}, 2], [None], []])
def test_a_slot_of_a_wrong_type_is_no_choice_and_no_topic(component: FaqRecall, odd: Any) -> None:
    assert intent(component, "2", after("action_faq_clarify", "faq_choices", odd)) != "faq_pick"
    assert intent(component, "怎么退款", after("action_faq_answer", "faq_topic", odd)) == "faq"


TAGS = ("金店", "银店", "金店")
TAGGED = {title: {**topic, "tags": [tag]} for (title, topic), tag in zip(FAQ.items(), TAGS, strict=True)}
SOURCES = {"slot": "shop", "metadata": "shop", "channel": {"rest": "金店"}}


@pytest.fixture(scope="module")
def scoped(tmp_path_factory: pytest.TempPathFactory) -> FaqRecall:
    folder: Path = tmp_path_factory.mktemp("tagged")
    (folder / "faq.json").write_text(json.dumps(TAGGED), "utf-8")
    settings = Settings(
        faq=str(folder), retriever="keyword", log="none", cache_dir=warmed(folder / "cache"), scope=SOURCES
    )
    return FaqRecall(settings, Assistant(settings))


def topics_found(
    component: FaqRecall, text: str, *, shop: Any = None, metadata: Any = None, channel: str | None = None
) -> list[str]:
    tracker = DialogueStateTracker("u", [TextSlot("shop", mappings=[{}], initial_value=shop)])
    message = Message({TEXT: text, "metadata": metadata}, output_properties={TEXT})
    with handling(channel):
        component.process([message], tracker)
    topics: list[str] = message.get("faq")["topics"]
    return topics


def test_slot_metadata_and_channel_limit_what_is_found(scoped: FaqRecall) -> None:
    assert topics_found(scoped, "怎么退款") == ["refund"]
    assert topics_found(scoped, "怎么退款", shop="金店") == ["refund"]
    assert "refund" not in topics_found(scoped, "怎么退款", shop="银店")
    assert "refund" not in topics_found(scoped, "怎么退款", metadata={"shop": ["银店"]})
    assert topics_found(scoped, "怎么退款", metadata={"shop": ["银店", "金店"]}) == ["refund"]
    assert topics_found(scoped, "怎么退款", channel="rest") == ["refund"]
    assert topics_found(scoped, "怎么退款", channel="slack") == ["refund"]
    assert "invoice" not in topics_found(scoped, "怎么开发票", channel="rest")
    assert topics_found(scoped, "怎么开发票", shop="银店", channel="rest") == []


@pytest.mark.parametrize("odd", ["铜店", {"shop": 1}, 7])
def test_a_scope_that_is_none_finds_nothing_and_is_named_in_the_log(
    scoped: FaqRecall, odd: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert topics_found(scoped, "怎么退款", metadata={"shop": odd}) == []
    (record,) = [record for record in caplog.records if record.name.endswith("faq_recall")]
    assert "no topic has the tag '铜店'" in record.message or "neither a tag" in record.message


def rated(**values: Any) -> DialogueStateTracker:
    """A conversation whose last message rated an answer."""
    entities = [{"entity": name, "value": value} for name, value in values.items()]
    tracker = DialogueStateTracker("u", [])
    said = UserUttered("/faq_feedback", {"name": "faq_feedback", "confidence": 1.0}, entities)
    for event in (said, ActionExecuted("action_faq_feedback"), ActionExecuted("action_listen")):
        tracker.update(event)
    return tracker


@pytest.mark.parametrize(
    ("values", "text", "intent"),
    [
        ({"topic": "refund", "useful": False, "faq_reason": "wrong"}, "今天天气不错呀", "faq_feedback"),
        ({"topic": "refund", "useful": False, "faq_reason": "wrong"}, "怎么退款", "faq"),
        ({"topic": "refund", "useful": False}, "今天天气不错呀", "nlu_fallback"),
        ({"topic": ["refund"], "faq_reason": "wrong"}, "今天天气不错呀", "nlu_fallback"),
    ],
)
def test_after_a_reason_a_message_without_an_answer_is_a_comment(
    component: FaqRecall, values: dict[str, Any], text: str, intent: str
) -> None:
    message = classified(None, 0.0, text)
    component.process([message], rated(**values))
    assert message.get(INTENT)["name"] == intent
    entities = {entity["entity"]: entity["value"] for entity in message.get("entities") or []}
    assert entities == ({"topic": "refund", "faq_comment": True} if intent == "faq_feedback" else {})


def test_the_nearest_of_a_rejected_question_are_kept_from_the_floor_on(component: FaqRecall) -> None:
    kept = {}
    for floor in (None, 0.0, 1.0):
        settings = replace(component._settings, nearest_floor=floor)
        message = classified(None, 0.0, "退一万步说地址")
        FaqRecall(settings, component._assistant).process([message], None)
        assert message.get("faq")["outcome"] == "reject"
        kept[floor] = len(message.get("faq")["hits"])
    assert kept == {None: 0, 0.0: 2, 1.0: 0}


@pytest.fixture
def guarded(component: FaqRecall, tmp_path: Path) -> FaqRecall:
    """The component with words that must not pass."""
    (tmp_path / "words.yml").write_text("user: {refuse: [坏蛋], mask: [暗号], hand_over: [投诉]}", "utf-8")
    settings = replace(component._settings, words=str(tmp_path / "words.yml"))
    return FaqRecall(settings, Assistant(settings))


@pytest.mark.parametrize(("text", "handover"), [("坏蛋，怎么退款", None), ("我要投訴", None), ("坏蛋", "x.yml")])
def test_a_message_with_a_word_that_must_not_pass_is_refused(
    guarded: FaqRecall, text: str, handover: str | None
) -> None:
    guarded._settings = replace(guarded._settings, handover=handover)
    (message,) = guarded.process([classified("greet", 0.99, text)])
    assert message.get(INTENT) == {"name": "faq", "confidence": 1.0}
    assert message.get("faq") == {"outcome": "refused"}


def test_a_word_of_the_list_hand_over_is_the_wish_for_a_person(guarded: FaqRecall) -> None:
    guarded._settings = replace(guarded._settings, handover="handover.yml")
    (message,) = guarded.process([classified("greet", 0.99, "我要投诉")])
    assert message.get(INTENT)["name"] == "faq_handover"
    assert message.get("faq") is None


def test_a_refused_message_neither_picks_nor_fills_a_slot(guarded: FaqRecall) -> None:
    (message,) = guarded.process(
        [classified("greet", 0.99, "坏蛋，第二个")], after("action_faq_clarify", "faq_choices", ["refund", "invoice"])
    )
    assert message.get("faq") == {"outcome": "refused"}


def test_a_masked_message_is_searched_without_its_word(guarded: FaqRecall) -> None:
    (masked,) = guarded.process([classified("faq", 0.9, "怎么退款 暗号")])
    (plain,) = guarded.process([classified("faq", 0.9, "怎么退款 ***")])
    assert masked.get("faq") == plain.get("faq")
    assert masked.get("faq")["topics"] == ["refund"]
    assert masked.get(TEXT) == "怎么退款 暗号"
