"""The conversations of data/test_conversations.yml, played over REST against the real servers.

`rasa test core` predicts actions but runs none of ours; here each text that comes back is checked.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.orders import order_number_in, order_status
from faq_component.dialogue.voice import read_voice
from faq_component.knowledge.checking import Faq, load_faq
from faq_component.knowledge.responses import text_of
from tests.servers import Bot, new_sender

STORIES = yaml.safe_load(Path(__file__).parents[2].joinpath("data/test_conversations.yml").read_text("utf-8"))
# Which topic each message of the stories is about; where the bot asks back, which topic must be among the choices.
TOPICS = {
    "10点了，我要睡觉了": "good_night",
    "你好": "hello",
    "你们发什么快递": "choose_courier",
    "非常感谢": "thanks",
    "谢谢": "thanks",
    "买大了想换小一码": "exchange_how",
    "怎么退货呀": "return_how",
    "订单怎么取消": "cancel_before",
    "对了运费多少钱": "shipping_fee",
    "你叫什么名字": "your_name",
    "退款几天能到账": "refund_time",
}


@pytest.fixture(scope="module")
def faq(in_the_checkout: None) -> Faq:
    return load_faq("data/faq")


@pytest.fixture(scope="module")
def responses(in_the_checkout: None) -> dict[str, list[str]]:
    return {name: list(texts) for name, texts in read_voice("bot/voice/zh.yml").responses.items()}


@pytest.mark.parametrize("story", STORIES["stories"], ids=lambda story: story["story"])
def test_conversation(story: dict[str, Any], bot: Bot, faq: Faq, responses: dict[str, list[str]]) -> None:
    sender = new_sender()
    for text, actions in turns(story):
        messages = [message for message in bot.say(text, sender) if message]
        expected = [allowed for action in actions if (allowed := texts_of(action, text, faq, responses))]
        if re.fullmatch(r"\d+", text):  # the form first says what is wrong with the number
            expected.insert(0, responses["utter_wrong_order_number"])
        assert len(messages) == len(expected), (text, messages)
        for message, allowed in zip(messages, expected, strict=True):
            assert message["text"] in allowed, text
            if message["text"] == "您是不是想问：":
                assert f'/faq_pick{{"topic": "{TOPICS[text]}"}}' in [button["payload"] for button in message["buttons"]]


def turns(story: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Each message of the user without its annotations, and the actions that follow."""
    found: list[tuple[str, list[str]]] = []
    for index, step in enumerate(story["steps"]):
        if "user" in step:
            found.append((re.sub(r"\[(.+?)\]\(\w+\)", r"\1", step["user"]), []))
        elif "action" in step and not form_ends(story["steps"], index):
            found[-1][1].append(step["action"])
    return found


def form_ends(steps: list[dict[str, Any]], index: int) -> bool:
    """Whether the action is the form's last step, in which it says nothing."""
    return index + 1 < len(steps) and steps[index + 1].get("active_loop", "") is None


def texts_of(action: str, text: str, faq: Faq, responses: dict[str, list[str]]) -> list[str]:
    """What the bot may say in an action; empty where it says nothing."""
    if action == "action_faq_answer":
        return [text_of(response) for response in faq.by_id[TOPICS[text]].responses]
    if action == "action_faq_pick":
        picked = faq.by_id.get(text.split('"')[3])
        return [text_of(response) for response in picked.responses] if picked else responses["utter_rephrase"]
    if action == "action_order_status":
        return [order_status(str(order_number_in(text)), read_voice("bot/voice/zh.yml"))]
    if action == "order_form":
        return responses["utter_ask_order_form_order_number"]
    fixed = {
        "action_faq_clarify": ["您是不是想问："],
        "action_faq_suggest": [read_voice("bot/voice/zh.yml").first("greeting")],
        "action_faq_fallback": responses["utter_unknown"],
        "action_faq_feedback": [
            *responses["utter_feedback_thanks"],
            *read_voice("bot/voice/zh.yml").sentences["ask_reason"],
        ],
    }
    return fixed.get(action, responses.get(action, []))


EXAMPLES = [
    example
    for intent in yaml.safe_load(Path("bot/nlu.yml").read_text("utf-8"))["nlu"]
    if "intent" in intent and not intent["intent"].startswith("faq")
    for example in re.findall(r"^- (.*)$", intent["examples"], re.MULTILINE)
]


@pytest.mark.parametrize("before", [[], ["查询订单进度"], ["查询订单进度", "订单怎么取消"]], ids=len)
def test_no_message_of_the_dialogue_is_left_without_an_answer(before: list[str], bot: Bot) -> None:
    silent = []
    for example in EXAMPLES:
        sender = new_sender()
        for said in before:
            assert bot.say(said, sender)
        text = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", example)
        if not bot.say(text, sender):
            silent.append(text)
    assert not silent


def test_the_same_question_again_gets_another_response(bot: Bot, faq: Faq) -> None:
    sender = new_sender()
    texts = [bot.say("非常感谢", sender)[0]["text"] for _ in range(6)]
    assert set(texts) <= set(faq.by_id["thanks"].responses)
    assert all(first != second for first, second in pairwise(texts))


@pytest.mark.parametrize("said", ["2", "第二个", "选2吧"])
def test_a_typed_choice_is_the_button(said: str, bot: Bot, faq: Faq) -> None:
    sender = new_sender()
    second = bot.say("订单怎么取消", sender)[0]["buttons"][1]
    picked = next(topic for topic in faq.topics if topic.title == second["title"])
    assert bot.say(said, sender)[0]["text"] in picked.responses


def test_a_typed_choice_counts_for_one_message(bot: Bot, faq: Faq, responses: dict[str, list[str]]) -> None:
    sender = new_sender()
    offered = {button["title"] for button in bot.say("订单怎么取消", sender)[0]["buttons"]}
    assert bot.say("都不是", sender)[0]["text"] in responses["utter_rephrase"]
    texts = [message["text"] for message in bot.say("第二个", sender)]
    assert not {text for topic in faq.topics if topic.title in offered for text in topic.responses} & set(texts)


def test_another_question_after_the_question_back_is_recalled(bot: Bot, faq: Faq) -> None:
    sender = new_sender()
    assert bot.say("订单怎么取消", sender)[0]["buttons"]
    assert bot.say("非常感谢", sender)[0]["text"] in faq.by_id["thanks"].responses


def test_a_follow_up_is_understood_with_the_last_answer(bot: Bot, faq: Faq) -> None:
    sender = new_sender()
    assert bot.say("怎么退货呀", sender)[0]["text"] in faq.by_id["return_how"].responses
    message = bot.say("那运费呢？", sender)[0]
    offered = [button["title"] for button in message.get("buttons", [])]
    assert message["text"] in faq.by_id["return_fee"].responses or offered[0] == faq.by_id["return_fee"].title
