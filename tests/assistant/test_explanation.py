"""Why a message is decided as it is; the decision is the one without an explanation."""

from __future__ import annotations

import json

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.assistant.explanation import Reason
from faq_component.knowledge.checking import load_faq
from faq_component.settings import Settings

TOPICS = {
    "营业时间": {
        "id": "hours",
        "post": ["几点开门", "泳馆营业到几点", "周末开到什么时候"],
        "resp": ["每天6点到22点。"],
    },
    "门票价格": {"id": "ticket", "post": ["门票多少钱", "单次游泳怎么收费", "票价是多少"], "resp": ["单次40元。"]},
    "办年卡": {"id": "card", "post": ["怎么办年卡", "年卡在哪里买", "我想办会员卡"], "resp": ["前台。"]},
    "泳帽": {"id": "cap", "post": ["必须戴泳帽吗", "没有泳帽能下水吗", "泳帽哪里买"], "resp": ["要戴，前台有售。"]},
    "深水证": {"id": "deep", "post": ["深水区要证吗", "深水证怎么考", "考深水证要多久"], "resp": ["游完200米就发证。"]},
    "储物柜": {
        "id": "locker",
        "post": ["有柜子放衣服吗", "储物柜要钱吗", "柜子钥匙丢了"],
        "resp": ["免费，押金20元。"],
    },
    "停车": {"id": "parking", "post": ["可以停车吗", "停车场在哪", "停车怎么收费"], "resp": ["楼下停车两小时免费。"]},
    "儿童": {
        "id": "child",
        "post": ["小孩几岁能游", "儿童要大人陪吗", "宝宝可以下水吗"],
        "resp": ["三岁以上，须大人陪同。"],
    },
    "水温": {"id": "water", "post": ["水温多少度", "冬天水冷不冷", "池水加热吗"], "resp": ["常年28度。"]},
    "只在微信": {"id": "wechat", "post": ["公众号是什么", "微信怎么关注", "小程序叫什么"], "resp": ["前台。"]},
}
LONG = "你好，我昨天下午带着两个孩子从很远的地方坐地铁来过你们这里，他们玩得特别开心，想问一下你们几点开门，谢谢"
MESSAGES = ["几点开门", "早上啥时候能进去游", "量子力学", "What time do you open?", "", LONG]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("faq")
    (folder / "pool.json").write_text(json.dumps(TOPICS, ensure_ascii=False), "utf-8")
    settings = Settings(cache_dir=str(folder / "cache"))
    return Assistant.over(load_faq(folder), settings)


def test_the_decision_is_the_same(assistant: Assistant) -> None:
    for message in MESSAGES:
        for after in (None, "ticket"):
            why = assistant.explain(message, after=after)
            assert why.result == assistant.decide(message, after=after), message
            assert why.reasons


def test_reasons_name_what_decided(assistant: Assistant) -> None:
    assert assistant.explain("几点开门").reasons == (Reason.EXACT,)
    assert assistant.explain("早上啥时候能进去游").reasons == (Reason.SURE,)
    assert assistant.explain("那小孩呢", after="ticket").reasons == (Reason.CONTEXT,)
    assert assistant.explain("").reasons == (Reason.NOTHING,)


def test_scores_are_those_of_the_hits(assistant: Assistant) -> None:
    why = assistant.explain("几点开门")
    best = why.hits[0]
    assert best.parts is not None
    assert (best.hit.topic_id, round(best.parts.meaning, 3), best.parts.overlap) == ("hours", 1.0, 1.0)
    assert why.searched == len(TOPICS)
    assert 0.5 <= why.answer_from <= 1
    assert why.ask_from < why.answer_from
    assert why.to_json()["scores"][0]["topic"] == "hours"


def test_a_long_message_names_the_segment_that_decided(assistant: Assistant) -> None:
    why = assistant.explain(LONG)
    assert len(why.segments) > 1
    assert why.decided_on in why.segments
