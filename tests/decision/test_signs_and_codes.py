"""Small FAQs full of signs and codes: nobody gets another one's answer, whichever retriever finds it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.knowledge.topics import Faq, Topic
from faq_component.settings import Settings
from faq_component.types import CERTAIN, Outcome
from tests.caches import warmed

_DATA = Path(__file__).parent / "data"
_RETRIEVERS = ("hybrid", "dense", "keyword")

# Posts, and questions for something else, one per post.
MORE = {
    "sizes": {
        "1/2寸接头有货吗": "12寸接头有货吗",
        "M8×20螺丝多少钱": "M8×120螺丝多少钱",
        "0.5毫米的笔芯有吗": "5毫米的笔芯有吗",
        "30-50平米怎么选空调": "3050平米怎么选空调",
    },
    "grades": {
        "B+级车怎么租": "B级车怎么租",
        "会员+怎么开通": "会员怎么开通",
        "F#课程什么时候开课": "F课程什么时候开课",
        "iPhone15 Pro Max怎么保修": "iPhone15 Pro怎么保修",
    },
    "amounts": {
        "零下20度能启动吗": "20度能启动吗",
        "涨5%怎么算": "涨5怎么算",
        "手续费0.1%怎么收": "手续费1%怎么收",
        "百分之十五的税怎么交": "百分之五的税怎么交",
    },
}
FILLERS = ("怎么退货", "运费多少", "怎么开发票", "在哪里下载驱动", "门店几点开门", "怎么联系客服")


def assistant_over(
    posts: Sequence[str], retriever: str, folder: Path, answers: Sequence[str] | None = None
) -> Assistant:
    pairs = zip(posts, answers or ["好"] * len(posts), strict=True)
    faq = Faq.of(Topic(f"t{number}", post, (post,), (answer,)) for number, (post, answer) in enumerate(pairs))
    return Assistant.over(faq, Settings(retriever=retriever, cache_dir=warmed(folder), log="none", reload_seconds=0.0))


def column(name: str, heading: str) -> list[str]:
    with (_DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return [row[heading] for row in csv.DictReader(file)]


@pytest.mark.parametrize("retriever", _RETRIEVERS)
def test_signs_and_suffixes(retriever: str, in_the_checkout: None, tmp_path: Path) -> None:
    posts = column("i2_plus.csv", "问题")
    assistant = assistant_over(posts, retriever, tmp_path, column("i2_plus.csv", "答案"))
    for text in column("i2_q.csv", "问题"):
        assert assistant.decide(text).decision.outcome is not Outcome.ANSWER, text
    for post in posts:
        decision = assistant.decide(post).decision
        assert (decision.outcome, decision.hits[0].post) == (Outcome.ANSWER, post)
        assert decision.confidence >= CERTAIN


@pytest.mark.parametrize("retriever", _RETRIEVERS)
def test_model_numbers_and_error_codes(retriever: str, in_the_checkout: None, tmp_path: Path) -> None:
    posts, answers = (column("g1_model_numbers.csv", heading) for heading in ("问题", "答案"))
    assistant = assistant_over(posts, retriever, tmp_path, answers)
    for text, title in zip(column("g1_q.csv", "问题"), column("g1_q.csv", "主题"), strict=True):
        result = assistant.decide(text)
        if not title:
            assert result.decision.outcome is not Outcome.ANSWER, text
        elif retriever != "dense":  # an encoder cannot know which code of several is asked about
            assert result.hits[0].post == title, text


@pytest.mark.parametrize("retriever", _RETRIEVERS)
@pytest.mark.parametrize("kind", MORE)
def test_more_signs(kind: str, retriever: str, in_the_checkout: None, tmp_path: Path) -> None:
    assistant = assistant_over([*MORE[kind], *FILLERS], retriever, tmp_path)
    for post, other in MORE[kind].items():
        assert assistant.decide(other).decision.outcome is not Outcome.ANSWER, other
        assert assistant.decide(f"{post}？").decision.confidence >= CERTAIN
