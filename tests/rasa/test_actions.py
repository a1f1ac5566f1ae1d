import json
import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.orders import ORDERS, ActionOrderStatus, order_number_in, order_status
from faq_component.dialogue.payload import REFUSED
from faq_component.dialogue.voice import read_voice
from faq_component.dialogue.words_file import LiveWords
from faq_component.handover.settings import HandoverSettings, Triggers, read_handover
from faq_component.handover.store import HandoverStore
from faq_component.knowledge.checking import Faq, Topic
from faq_component.knowledge.leads import Follow
from faq_component.knowledge.options import Options
from faq_component.knowledge.response_choice import draw_response
from faq_component.knowledge.responses import Response, RichResponse
from faq_component.rasa.actions import handover, knowledge, suggest
from faq_component.rasa.actions.answers import ActionFaqAnswer, ActionFaqClarify, ActionFaqFallback, ActionFaqPick
from faq_component.rasa.actions.feedback import ActionFaqFeedback
from faq_component.rasa.actions.handover import ActionFaqHandover, ActionFaqResume
from faq_component.rasa.actions.suggest import ActionFaqSuggest
from faq_component.settings import Settings
from faq_component.types import Decision, Hit, Outcome, Result
from faq_component.usage.events import WHY, Event
from faq_component.usage.log import UsageLog
from faq_component.usage.recorder import Recorder

SLEEP = Topic("good_night", "晚安", ("睡了",), ("好梦 {name}", "晚安", "早点睡"))
THANKS = Topic("thanks", "感谢", ("谢谢",), ("别客气",))


@pytest.fixture(autouse=True)
def small_faq(monkeypatch: pytest.MonkeyPatch) -> None:
    faq = Faq.of([SLEEP, THANKS])
    monkeypatch.setattr(knowledge, "faq", lambda version=None: faq)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UsageLog:
    """The log that the actions write to."""
    log = UsageLog(tmp_path / "usage.sqlite")
    recorder = Recorder(log)
    monkeypatch.setattr(knowledge, "recorder", lambda: recorder)
    return log


def written(log: UsageLog) -> list[Event]:
    knowledge.recorder().flush(20)
    return list(log.events())


def tracker(message: dict[str, Any], events: list[dict[str, Any]] | None = None) -> Tracker:
    return Tracker("u", {}, message, events or [], False, None, {}, "action_listen")


def run(
    action: Any,
    message: dict[str, Any],
    events: list[dict[str, Any]] | None = None,
    slots: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The one message of an action that sets these slots."""
    dispatcher = CollectingDispatcher()
    found = action.run(dispatcher, tracker(message, events), {})
    assert {event["name"]: event["value"] for event in found} == (slots or {})
    assert len(dispatcher.messages) == 1
    return dict(dispatcher.messages[0])


def payload(outcome: str, *topics: str) -> dict[str, Any]:
    hits = tuple(Hit(topic, "", 0.9) for topic in topics)
    return {"faq": Result(hits, Decision(Outcome(outcome), 0.9, hits), "").to_json()}


def test_answer_is_text_and_never_the_one_given_last() -> None:
    events = [{"event": "bot", "text": "晚安"}, {"event": "bot", "text": "something else"}]
    slots = {"faq_topic": "good_night"}
    given = {run(ActionFaqAnswer(), payload("answer", "good_night"), events, slots)["text"] for _ in range(60)}
    assert given == {"好梦 {name}", "早点睡"}


def test_an_answer_may_be_more_than_text_and_hang_on_channel_and_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    button = {"title": "{去看看}", "payload": "/go"}
    rich = RichResponse("看图 {", (button,), image="https://x/y.png")
    only = RichResponse("会员专享", conditions=({"type": "slot", "name": "vip", "value": True},), channel="slack")
    topic = replace(SLEEP, responses=(rich, only))
    faq = Faq.of([topic, THANKS])
    monkeypatch.setattr(knowledge, "faq", lambda version=None: faq)
    message = run(ActionFaqAnswer(), payload("answer", "good_night"), slots={"faq_topic": "good_night"})
    assert (message["text"], message["buttons"], message["image"]) == ("看图 {", [button], "https://x/y.png")
    faq = Faq.of([replace(topic, responses=(only,)), THANKS])
    assert run(ActionFaqAnswer(), payload("answer", "good_night"))["response"] == "utter_unknown"


def test_a_topic_with_one_response_repeats_it() -> None:
    events = [{"event": "bot", "text": "别客气"}]
    slots = {"faq_topic": "thanks"}
    assert run(ActionFaqAnswer(), payload("answer", "thanks"), events, slots)["text"] == "别客气"


@pytest.mark.parametrize("message", [payload("answer", "gone"), payload("answer"), {}])
def test_answer_without_a_topic_admits_it(message: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    assert run(ActionFaqAnswer(), message)["response"] == "utter_unknown"
    assert run(ActionFaqClarify(), message)["response"] == "utter_unknown"
    assert ("another project's" in caplog.text) == (message == payload("answer", "gone"))


def test_clarify_offers_a_button_for_each_topic_and_none_of_these() -> None:
    message = run(
        ActionFaqClarify(),
        payload("clarify", "thanks", "good_night"),
        slots={"faq_choices": ["thanks", "good_night"]},
    )
    assert message["buttons"] == [
        {"title": "感谢", "payload": '/faq_pick{"topic": "thanks"}'},
        {"title": "晚安", "payload": '/faq_pick{"topic": "good_night"}'},
        {"title": "都不是", "payload": '/faq_pick{"topic": "none"}'},
    ]


def test_a_channel_without_buttons_gets_numbers() -> None:
    message = run(
        ActionFaqClarify(),
        payload("clarify", "thanks", "good_night"),
        [{"event": "user", "input_channel": "twilio"}],
        {"faq_choices": ["thanks", "good_night"]},
    )
    assert message["text"] == "您是不是想问：\n1. 感谢\n2. 晚安\n3. 都不是\n回复数字就可以。"
    assert not message["buttons"]


def test_a_choice_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        run(ActionFaqPick(), {"entities": [{"entity": "topic", "value": "none"}]})
    assert "picked: none" in caplog.text


def test_pick_answers_the_topic_and_only_that() -> None:
    picked = {"entities": [{"entity": "topic", "value": "thanks"}]}
    assert run(ActionFaqPick(), picked, slots={"faq_topic": "thanks"})["text"] == "别客气"
    for value in ("none", "gone", None):
        assert run(ActionFaqPick(), {"entities": [{"entity": "topic", "value": value}]})["response"] == "utter_rephrase"


def asked(text: str, outcome: str, *topics: str) -> dict[str, Any]:
    """A message of the user, as the tracker keeps it."""
    return {"event": "user", "text": text, "input_channel": "rest", "parse_data": payload(outcome, *topics)}


def picks(topic: Any) -> dict[str, Any]:
    return {"entities": [{"entity": "topic", "value": topic}]}


def rates(topic: Any, useful: Any) -> dict[str, Any]:
    return {"entities": [{"entity": "topic", "value": topic}, {"entity": "useful", "value": useful}]}


def answered(topic: str) -> dict[str, Any]:
    return {"event": "slot", "name": "faq_topic", "value": topic}


BUTTON: dict[str, Any] = {"event": "user", "text": "/faq_pick{...}", "input_channel": "rest", "parse_data": {}}


def test_a_choice_is_kept_with_its_question_and_what_was_offered(log: UsageLog) -> None:
    events = [asked("我13800138000想睡", "clarify", "thanks", "good_night"), asked("谢", "answer", "thanks"), BUTTON]
    run(ActionFaqPick(), picks("good_night"), events, {"faq_topic": "good_night"})
    run(ActionFaqPick(), picks("none"), events)
    run(ActionFaqPick(), picks("gone"), events)
    first, second = written(log)
    assert (first.text, first.outcome, first.topic, first.channel) == ("我[手机号]想睡", "picked", "good_night", "rest")
    assert first.topics == (("thanks", None), ("good_night", None))
    assert (second.text, second.outcome, second.topic) == ("我[手机号]想睡", "none", "")
    assert first.faq == knowledge.faq().fingerprint


@pytest.mark.parametrize(("useful", "outcome"), [(True, "useful"), (False, "useless"), ("true", "useful")])
def test_a_word_on_an_answer_is_kept_with_the_question(log: UsageLog, useful: Any, outcome: str) -> None:
    events = [
        asked("困了", "clarify", "good_night"),
        BUTTON,
        answered("good_night"),
        asked("谢了", "answer", "thanks"),
        answered("thanks"),
    ]
    run(ActionFaqFeedback(), rates("good_night", useful), events)
    run(ActionFaqFeedback(), rates("thanks", useful), events)
    run(ActionFaqFeedback(), rates("thanks", useful))
    assert [(event.text, event.topic) for event in written(log)] == [
        ("困了", "good_night"),
        ("谢了", "thanks"),
        ("", "thanks"),
    ]
    assert {event.outcome for event in written(log)} == {outcome}


@pytest.mark.parametrize("message", [rates("gone", True), rates("thanks", "maybe"), rates("thanks", None), {}])
def test_what_is_no_word_on_an_answer_is_thanked_for_and_not_kept(log: UsageLog, message: dict[str, Any]) -> None:
    assert run(ActionFaqFeedback(), message)["response"] == "utter_feedback_thanks"
    assert written(log) == []


# What a user can put into /faq_pick{...}, or a program into metadata, channel and events: any value of JSON.
ODD: list[Any] = [["thanks"], [], {"id": "thanks"}, 7, 1e400, True, "", [["thanks"]], None]


@pytest.mark.parametrize("odd", ODD)
def test_a_value_of_a_wrong_type_is_no_topic(log: UsageLog, odd: Any) -> None:
    events = [asked("想睡", "clarify", "thanks", "good_night"), BUTTON]
    assert run(ActionFaqPick(), picks(odd), events)["response"] == "utter_rephrase"
    for rating in (rates(odd, True), rates("thanks", [odd]), rates(odd, odd), {"entities": odd}, {"entities": [odd]}):
        assert run(ActionFaqFeedback(), rating, events)["response"] == "utter_feedback_thanks"
    assert written(log) == []
    decided = {"outcome": "answer", "confidence": odd, "hits": [{"topic": "thanks", "score": 0.9}], "topics": [odd]}
    for action in (ActionFaqAnswer(), ActionFaqClarify(), ActionFaqFallback()):
        for faq in (odd, decided, {**decided, "hits": odd}, {**decided, "outcome": odd}):
            assert run(action, {"faq": faq})["response"] == "utter_unknown"


@pytest.mark.parametrize("odd", ODD)
def test_metadata_channel_and_texts_of_a_wrong_type_change_nothing(odd: Any) -> None:
    events = [{"event": "bot", "text": odd}, {"event": "user", "text": odd, "input_channel": odd, "parse_data": odd}]
    message = {**payload("answer", "thanks"), "metadata": odd}
    assert run(ActionFaqAnswer(), message, events, {"faq_topic": "thanks"})["text"] == "别客气"
    message = {**payload("clarify", "thanks", "good_night"), "metadata": {"language": odd, "feedback": odd}}
    assert run(ActionFaqClarify(), message, events, {"faq_choices": ["thanks", "good_night"]})["buttons"]
    assert run(ActionFaqPick(), {**picks("gone"), "metadata": odd}, events)["response"] == "utter_rephrase"


@pytest.mark.parametrize("odd", ODD)
def test_an_order_number_of_a_wrong_type_is_not_found(odd: Any) -> None:
    dispatcher = CollectingDispatcher()
    asking = Tracker("u", {"order_number": odd}, {}, [], False, None, {}, "action_listen")
    assert ActionOrderStatus().run(dispatcher, asking, {})[0]["value"] is None
    assert dispatcher.messages[0]["text"]


FEEDBACK = [
    {"title": "有用", "payload": '/faq_feedback{"topic": "rich", "useful": true}'},
    {"title": "没用", "payload": '/faq_feedback{"topic": "rich", "useful": false}'},
]
OWN = {"title": "去退货", "payload": "/return"}


@pytest.mark.parametrize(
    ("response", "channel", "on", "buttons"),
    [
        ("好的", "rest", True, FEEDBACK),
        ("好的", "rest", False, []),
        ("好的", "twilio", True, []),
        (RichResponse(text="好的", buttons=(OWN,)), "rest", True, [OWN, *FEEDBACK]),
        (RichResponse(text="好的", buttons=(OWN,)), "rest", False, [OWN]),
        (RichResponse(image="https://example.com/a.png"), "rest", True, []),
    ],
)
def test_feedback_buttons(
    monkeypatch: pytest.MonkeyPatch, response: Response, channel: str, on: bool, buttons: list[dict[str, Any]]
) -> None:
    faq = Faq.of([Topic("rich", "丰富", ("问",), (response,))])
    monkeypatch.setattr(knowledge, "faq", lambda version=None: faq)
    monkeypatch.setattr(knowledge, "settings", lambda: Settings(feedback=on))
    events = [{"event": "user", "input_channel": channel}]
    message = run(ActionFaqAnswer(), payload("answer", "rich"), events, {"faq_topic": "rich"})
    assert (message["buttons"] or []) == buttons


def test_the_draw_is_uniform_and_repeatable() -> None:
    draw = random.Random(3)
    counts = dict.fromkeys(SLEEP.responses, 0)
    for _ in range(3000):
        drawn = draw_response(SLEEP, draw)
        assert drawn is not None
        counts[drawn] += 1
    assert all(850 < count < 1150 for count in counts.values())
    first = [draw_response(SLEEP, random.Random(5)) for _ in range(3)]
    assert first == [draw_response(SLEEP, random.Random(5)) for _ in range(3)]


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("HW20261105", "HW20261105"),
        ("订单号是hw 20261105麻烦了", "HW20261105"),
        ("ＨＷ２０２６１１０５", "HW20261105"),
        ("hw-2026-1105", "HW20261105"),
        ("My order number is HW20261105.", "HW20261105"),
        ("HW20261105 2件", "HW20261105"),
        ("HW202611051", None),
        ("XHW20261105", None),
        ("20261105", None),
        ("HW20261105和HW20261112", None),
        ("", None),
    ],
)
def test_order_numbers(message: str, number: str | None) -> None:
    assert order_number_in(message) == number


def test_order_status() -> None:
    database = Path(__file__).parents[2] / ORDERS
    assert "运输中" in order_status("HW20261105", read_voice("bot/voice/zh.yml"), database)
    assert "没有查到订单 HW00000000" in order_status("HW00000000", read_voice("bot/voice/zh.yml"), database)


def test_the_order_database_cannot_be_written() -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    from actions.orders import _engine

    connection = _engine(Path(__file__).parents[2] / ORDERS).connect()
    with connection, pytest.raises(OperationalError, match="readonly"):
        connection.execute(text("DELETE FROM orders"))


LED = replace(
    SLEEP,
    responses=("好梦",),
    options=Options(related=("thanks", "off", "shop"), follow=(Follow("thanks", "谢一声"),)),
)
OFF = Topic("off", "关", ("关了",), ("关",), Options(enabled=False))
SHOP = Topic("shop", "开店", ("几点开店",), ("九点",), Options(("金店",)))


def serve(monkeypatch: pytest.MonkeyPatch, *topics: Topic, **settings: Any) -> None:
    faq = Faq.of(topics)
    monkeypatch.setattr(knowledge, "faq", lambda version=None: faq)
    monkeypatch.setattr(knowledge, "settings", lambda: Settings(**settings))


def test_an_answer_leads_on_by_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, LED, THANKS, OFF, SHOP)
    message = run(ActionFaqAnswer(), payload("answer", "good_night"), slots={"faq_topic": "good_night"})
    assert message["text"] == "好梦"
    assert message["buttons"] == [
        {"title": "谢一声", "payload": '/faq_pick{"topic": "thanks"}'},
        {"title": "开店", "payload": '/faq_pick{"topic": "shop"}'},
    ]


def test_a_picture_gets_a_sentence_with_its_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, replace(LED, responses=(RichResponse(image="https://x/y.png"),)), THANKS)
    message = run(ActionFaqAnswer(), payload("answer", "good_night"), slots={"faq_topic": "good_night"})
    assert message["text"] == knowledge._voices().of("zh").first("related")
    assert [button["title"] for button in message["buttons"]] == ["谢一声"]


@pytest.mark.parametrize("last", ["好梦", "两行\n晚安"])
def test_an_answer_with_lines_is_not_given_twice_running(monkeypatch: pytest.MonkeyPatch, last: str) -> None:
    serve(monkeypatch, replace(LED, responses=("好梦", "两行\n晚安")), THANKS, SHOP)
    heading = knowledge._voices().of("zh").first("related")
    events = [
        {"event": "bot", "text": f"{last}\n{heading}\n- 谢一声\n- 开店"},
        {"event": "user", "text": "睡了", "input_channel": "twilio"},
    ]
    slots = {"faq_topic": "good_night"}
    given = {run(ActionFaqAnswer(), payload("answer", "good_night"), events, slots)["text"] for _ in range(30)}
    (other,) = {"好梦", "两行\n晚安"} - {last}
    assert given == {f"{other}\n{heading}\n- 谢一声\n- 开店"}


def test_a_channel_of_texts_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, LED, THANKS, SHOP)
    events = [{"event": "user", "text": "睡了", "input_channel": "twilio"}]
    message = run(ActionFaqAnswer(), payload("answer", "good_night"), events, {"faq_topic": "good_night"})
    assert message["text"].split("\n") == ["好梦", knowledge._voices().of("zh").first("related"), "- 谢一声", "- 开店"]
    assert not message.get("buttons")


def test_leads_and_picks_stay_in_the_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    tagged = replace(LED, options=replace(LED.options, tags=("金店",)))
    serve(monkeypatch, tagged, THANKS, SHOP, scope={"metadata": "shop"})
    message = {**payload("answer", "good_night"), "metadata": {"shop": "金店"}}
    said = run(ActionFaqAnswer(), message, slots={"faq_topic": "good_night"})
    assert [button["title"] for button in said["buttons"]] == ["开店"]
    for shop, answer in (("金店", None), ("铜店", None), (None, "别客气")):
        picked = {**picks("thanks"), "metadata": {"shop": shop}}
        slots = {"faq_topic": "thanks"} if answer else {}
        said = run(ActionFaqPick(), picked, slots=slots)
        assert said["text" if answer else "response"] == (answer or "utter_rephrase")


def test_a_topic_that_hands_over_sets_a_slot_and_the_next_answer_unsets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, replace(SLEEP, options=Options(handoff=True)), THANKS)
    monkeypatch.setattr(handover, "settings", lambda: None)
    slots = {"faq_topic": "good_night", "faq_handoff": True}
    run(ActionFaqAnswer(), payload("answer", "good_night"), slots=slots)
    found = ActionFaqAnswer().run(
        CollectingDispatcher(),
        Tracker("u", {"faq_handoff": True}, payload("answer", "thanks"), [], False, None, {}, "action_listen"),
        {},
    )
    assert {event["name"]: event["value"] for event in found} == {"faq_topic": "thanks", "faq_handoff": False}


def test_a_lead_is_no_choice_after_a_clarifying_question(monkeypatch: pytest.MonkeyPatch, log: UsageLog) -> None:
    serve(monkeypatch, LED, THANKS, SHOP)
    asked = {"event": "user", "text": "晚安吗", "parse_data": payload("clarify", "good_night", "thanks")}
    events = [asked, {"event": "action", "name": "action_faq_clarify"}]

    def pick(topic: str, *before: dict[str, Any]) -> None:
        slots = {"faq_topic": "good_night"} if before else {}
        at = Tracker("u", slots, picks(topic), [*events, *before], False, None, {}, "action_listen")
        ActionFaqPick().run(CollectingDispatcher(), at, {})

    pick("good_night")
    pick("thanks", {"event": "action", "name": "action_faq_pick"})
    assert [event.topic for event in written(log)] == ["good_night"]
    pick("thanks")
    assert [event.topic for event in written(log)] == ["good_night", "thanks"]


def test_the_nearest_known_questions_are_offered_where_nothing_is_found() -> None:
    hits = (Hit("thanks", "", 0.4), Hit("gone", "", 0.3), Hit("good_night", "", 0.2))
    message = {"faq": Result(hits, Decision(Outcome.REJECT, 0.12, ()), "").to_json()}
    dispatcher = CollectingDispatcher()
    assert ActionFaqFallback().run(dispatcher, tracker(message), {}) == []
    unknown, nearest = dispatcher.messages
    assert unknown["response"] == "utter_unknown"
    assert nearest["text"] == read_voice("bot/voice/zh.yml").first("nearest")
    assert [button["title"] for button in nearest["buttons"]] == ["感谢", "晚安"]
    assert nearest["buttons"][0]["payload"] == '/faq_pick{"topic": "thanks"}'


@pytest.mark.parametrize(
    ("values", "outcome", "said"),
    [
        ({"topic": "thanks", "useful": False}, "useless", "ask_reason"),
        ({"topic": "thanks", "useful": False, "faq_reason": "outdated"}, "outdated", "ask_comment"),
        ({"topic": "thanks", "useful": False, "faq_reason": "odd"}, "useless", "ask_reason"),
        ({"topic": "thanks", "useful": False, "faq_reason": ["wrong"]}, "useless", "ask_reason"),
        ({"topic": "thanks", "useful": True, "faq_reason": "wrong"}, "useful", None),
        ({"topic": "thanks", "faq_comment": True}, "comment", None),
        ({"topic": "gone", "useful": False}, None, None),
        ({"topic": "gone", "faq_comment": True}, None, None),
        ({"topic": "thanks", "faq_comment": "true"}, None, None),
    ],
)
def test_a_rating_asks_why_and_a_reason_invites_a_comment(
    log: UsageLog, values: dict[str, Any], outcome: str | None, said: str | None
) -> None:
    entities = [{"entity": name, "value": value} for name, value in values.items()]
    message = run(ActionFaqFeedback(), {"text": "打 13800138000 才知道", "entities": entities})
    if said is None:
        assert message["response"] == "utter_feedback_thanks"
    else:
        assert message["text"] == read_voice("bot/voice/zh.yml").first(said)
    reasons = [json.loads(button["payload"].removeprefix("/faq_feedback")) for button in message["buttons"]]
    whole = [{"topic": "thanks", "useful": False, "faq_reason": why} for why in WHY]
    assert reasons == (whole if said == "ask_reason" else [])
    events = written(log)
    assert [(event.outcome, event.topic) for event in events] == ([(outcome, "thanks")] if outcome else [])
    if outcome == "comment":
        assert events[0].text == "打 [手机号] 才知道"


def test_where_a_bad_rating_hands_over_nobody_is_asked_why(
    log: UsageLog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = HandoverStore(tmp_path / "handovers.sqlite")
    store.set_channels(["socketio"])
    monkeypatch.setattr(handover, "_store", lambda: store)
    monkeypatch.setattr(handover, "settings", lambda: HandoverSettings(triggers=Triggers(bad_rating="open")))
    monkeypatch.setattr(handover, "channel_of", lambda _: "socketio")
    rating = [{"entity": "topic", "value": "thanks"}, {"entity": "useful", "value": False}]
    dispatcher = CollectingDispatcher()
    events = ActionFaqFeedback().run(dispatcher, tracker({"text": "/faq_feedback", "entities": rating}), {})
    assert [event["event"] for event in events] == ["pause"]
    (message,) = dispatcher.messages
    assert message["text"].startswith("好的，正在为您转接")
    assert [event.outcome for event in written(log)] == ["useless"]


def test_a_topic_that_hands_over_says_where_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, replace(SLEEP, options=Options(handoff=True)), THANKS)
    dispatcher = CollectingDispatcher()
    found = ActionFaqAnswer().run(dispatcher, tracker(payload("answer", "good_night")), {})
    assert [event["event"] for event in found] == ["slot", "slot"]
    assert dispatcher.messages[1]["text"].startswith("抱歉，在这里没法为您转接")


def test_where_handing_over_is_off_a_wish_for_a_person_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "settings", lambda: None)
    assert "暂时转接不了" in run(ActionFaqHandover(), {"text": "人工"})["text"]
    assert "我回来了" in run(ActionFaqResume(), {"text": "/faq_resume"})["text"]


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveWords:
    """Words that must not pass."""
    file = tmp_path / "words.yml"
    file.write_text(
        "user: {mask: [暗号], refuse: [坏蛋]}\nbot: {refuse: [别客气, 感谢], mask: [晚安, 早点, 好梦]}", "utf-8"
    )
    live = LiveWords(str(file))
    monkeypatch.setattr(knowledge, "words", lambda: live)
    return live


def test_a_refused_message_is_answered_with_a_sentence_of_the_voice(words: LiveWords) -> None:
    assert run(ActionFaqAnswer(), {"faq": REFUSED, "text": "坏蛋"})["text"] == read_voice("bot/voice/zh.yml").first(
        "refused"
    )


def test_the_bot_says_no_word_that_must_not_pass(words: LiveWords, log: UsageLog) -> None:
    assert run(ActionFaqAnswer(), payload("answer", "thanks"))["response"] == "utter_unknown"
    slots = {"faq_topic": "good_night"}
    said = {run(ActionFaqAnswer(), payload("answer", "good_night"), None, slots)["text"] for _ in range(30)}
    assert said == {"*** {name}", "***", "***睡"}
    last = [{"event": "bot", "text": "***"}]
    assert run(ActionFaqAnswer(), payload("answer", "good_night"), last, slots)["text"] != "***"
    clarified = run(
        ActionFaqClarify(), payload("clarify", "thanks", "good_night"), slots={"faq_choices": ["good_night"]}
    )
    assert [button["title"] for button in clarified["buttons"]] == ["***", "都不是"]
    assert run(ActionFaqClarify(), payload("clarify", "thanks"))["response"] == "utter_unknown"
    events = written(log)
    assert [(event.outcome, event.topic, event.text) for event in (events[0], events[1], events[-1])] == [
        ("bot.refuse", "thanks", ""),
        ("bot.mask", "good_night", ""),
        ("bot.refuse", "", ""),
    ]


def test_a_transcript_has_stars_for_words_of_the_user(words: LiveWords) -> None:
    events = [
        {"event": "user", "text": "我的暗号是1，坏蛋", "timestamp": 1.0},
        {"event": "bot", "text": "暗号？", "timestamp": 2.0},
    ]
    said = handover._said(tracker({}, events), CollectingDispatcher())
    assert [text for _author, text, _at in said] == ["我的***是1，***", "暗号？"]


def begun(monkeypatch: pytest.MonkeyPatch, *topics: Topic, channel: str = "rest", **settings: Any) -> dict[str, Any]:
    """What `/faq_suggest` gets, and the topics that it offers."""
    monkeypatch.setenv("FAQ_LOG", "none")  # not the log of other tests
    serve(monkeypatch, *topics, **settings)
    suggest._suggestions.cache_clear()
    dispatcher = CollectingDispatcher()
    said = {"text": "/faq_suggest", "metadata": {"shop": "金店"}}
    events = ActionFaqSuggest().run(
        dispatcher, tracker(said, [{"event": "user", "text": "/faq_suggest", "input_channel": channel}]), {}
    )
    (message,) = dispatcher.messages
    return {"text": message["text"], "buttons": message["buttons"], "offered": [event["value"] for event in events]}


RECOMMENDED = [replace(topic, options=Options(recommend=True)) for topic in (SLEEP, THANKS)]
GREETING = "您好，请问有什么可以帮您？"


def test_questions_to_begin_with_are_buttons_that_send_them(monkeypatch: pytest.MonkeyPatch) -> None:
    buttons = [{"title": text, "payload": text} for text in ("睡了", "谢谢")]
    assert begun(monkeypatch, *RECOMMENDED) == {
        "text": GREETING,
        "buttons": buttons,
        "offered": [["good_night", "thanks"]],
    }


def test_questions_to_begin_with_are_numbered_where_there_are_no_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    said = begun(monkeypatch, *RECOMMENDED, channel="wechat")
    assert said["text"].split("\n")[:3] == [GREETING, "1. 睡了", "2. 谢谢"]
    assert (said["buttons"], said["offered"]) == ([], [["good_night", "thanks"]])


def test_without_questions_to_begin_with_the_bot_greets(monkeypatch: pytest.MonkeyPatch) -> None:
    assert begun(monkeypatch, SLEEP, THANKS) == {"text": GREETING, "buttons": [], "offered": []}


@pytest.mark.parametrize(("tags", "offered"), [(("金店",), [["good_night"]]), (("银店",), [])])
def test_questions_to_begin_with_stay_in_the_scope(
    monkeypatch: pytest.MonkeyPatch, tags: tuple[str, ...], offered: list[list[str]]
) -> None:
    tagged = replace(SLEEP, options=Options(recommend=True, tags=tags))
    assert begun(monkeypatch, tagged, RECOMMENDED[1], scope={"metadata": "shop"})["offered"] == offered


def test_a_picked_question_to_begin_with_answers_no_clarifying_question(
    monkeypatch: pytest.MonkeyPatch, log: UsageLog
) -> None:
    asked: dict[str, Any] = {"event": "user", "text": "睡", "parse_data": payload("clarify", "good_night", "thanks")}
    events = [
        asked,
        {"event": "action", "name": "action_faq_clarify"},
        {"event": "user", "text": "/faq_suggest"},
        {"event": "action", "name": "action_faq_suggest"},
    ]
    picked = {"text": "2", "entities": [{"entity": "topic", "value": "thanks"}]}
    assert run(ActionFaqPick(), picked, events, {"faq_topic": "thanks"})["text"] == "别客气"
    assert written(log) == []


@pytest.mark.parametrize(("is_open", "said"), [(True, 1), (False, 2)])
def test_the_last_of_three_that_are_not_understood_is_handed_over_without_more_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_open: bool, said: int
) -> None:
    store = HandoverStore(tmp_path / "handovers.sqlite")
    store.set_channels(["socketio"])
    file = tmp_path / "handover.yml"
    another_day = (datetime.now(timezone.utc) + timedelta(days=3)).strftime("%a").lower()
    file.write_text("{}" if is_open else f"hours: {{weekly: {{{another_day}: 09:00-10:00}}}}", "utf-8")
    monkeypatch.setattr(handover, "_store", lambda: store)
    monkeypatch.setattr(handover, "settings", lambda: read_handover(file))
    monkeypatch.setattr(handover, "channel_of", lambda _: "socketio")
    offer = {"event": "bot", "text": "您是不是想问：", "data": {"buttons": [{"title": "退款", "payload": "/faq_pick"}]}}
    rated = {"event": "bot", "text": "晚安", "data": {"buttons": [{"title": "有用", "payload": "/faq_feedback{}"}]}}
    fallback = {"event": "action", "name": "action_faq_fallback"}
    events: list[dict[str, Any]] = [offer, rated, fallback, fallback]
    dispatcher = CollectingDispatcher()
    after = ActionFaqFallback().run(dispatcher, tracker({"text": "量子"}, events), {})
    assert len(dispatcher.messages) == said
    assert [event["event"] for event in after] == (["pause"] if is_open else [])
    if is_open:
        (opened,) = store.unended()
        texts = [words.text for words in store.messages(opened.id)]
        assert texts[:2] == ["您是不是想问：\n- 退款", "晚安"]
    else:
        assert dispatcher.messages[0]["response"] == "utter_unknown"
