"""Small FAQs of one post a topic: what is not asked for is not answered, siblings are asked about."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from faq_component.assistant.assistant import Assistant
from faq_component.knowledge.topics import Faq, Topic
from faq_component.settings import Settings
from faq_component.types import CERTAIN, Decision, Outcome
from tests.caches import warmed

_DATA = Path(__file__).parent / "data"
MORE: dict[str, dict[str, Any]] = yaml.safe_load((_DATA / "more_small_faqs.yml").read_text(encoding="utf-8"))

Open = Callable[..., Assistant]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(warmed(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def open_over(in_the_checkout: None, cache: Path) -> Open:
    """Open an assistant over topics of one post and its answer."""

    def opened(answers: Mapping[str, str], **named: Any) -> Assistant:
        faq = Faq.of(Topic(post, post, (post,), (answer,)) for post, answer in answers.items())
        return Assistant.over(
            faq, Settings(cache_dir=str(cache), threads=1, log="none", reload_seconds=0.0).override(**named)
        )

    return opened


def rows(name: str) -> list[list[str]]:
    with (_DATA / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def faq_of(name: str) -> dict[str, str]:
    return dict(rows(name))


def questions_of(name: str) -> list[str]:
    return [row[0] for row in rows(name)]


def alike(posts: Iterable[str]) -> dict[str, str]:
    """Topics whose answers tell nothing."""
    return dict.fromkeys(posts, "好")


def play(assistant: Assistant, asked: Iterable[Iterable[str]]) -> tuple[int, list[str], list[str]]:
    """Ask questions with their topics; return the number answered correctly, those answered wrongly, and unknown ones.

    No answer is given below a confidence of 0.5.
    """
    right, wrong, unknown = 0, [], []
    for text, topic_id in asked:
        decision = assistant.decide(text).decision
        if decision.outcome is not Outcome.ANSWER:
            continue
        assert decision.confidence >= 0.5, text
        if not topic_id:
            unknown.append(text)
        elif decision.hits[0].topic_id == topic_id:
            right += 1
        else:
            wrong.append(text)
    return right, wrong, unknown


@pytest.mark.parametrize(
    ("posts", "questions", "fewest"),
    [("f1_one_post_each", "f1_questions", 11), ("r1_english", "r1_q", 4), ("r2_chinese_same", "r2_q", 6)],
)
def test_one_post_a_topic(open_over: Open, posts: str, questions: str, fewest: int) -> None:
    assistant = open_over(faq_of(posts))
    right, wrong, unknown = play(assistant, rows(questions))
    assert right >= fewest
    assert len(wrong) <= 1
    assert not unknown
    missed = [
        text
        for text, topic_id in rows(questions)
        if topic_id and topic_id not in {hit.topic_id for hit in assistant.decide(text).decision.hits}
    ]
    assert len(missed) <= 1  # what is not answered is offered


def test_a_shared_beginning_answers_nothing(open_over: Open) -> None:
    assistant = open_over(faq_of("n1_chatterbot_1867"))
    answered = {
        text: decision.hits[0].topic_id
        for text in questions_of("n1_q")
        if (decision := assistant.decide(text).decision).outcome is Outcome.ANSWER
    }
    assert answered.items() <= {"我想找份工作": "我要找工作", "我要买电视机": "我要买电视"}.items()


def test_cards_are_asked_about(open_over: Open) -> None:
    assistant = open_over(faq_of("q1_parallel_products"))
    _, wrong, unknown = play(assistant, rows("q1_q"))
    assert not wrong
    assert not unknown
    cards = ("金卡", "白金卡", "钻石卡", "普卡")
    for text in ("年费多少", "怎么申请"):
        assert_offered(assistant.decide(text).decision, {card + text for card in cards})


@pytest.mark.parametrize("name", MORE)
def test_more_small_faqs(open_over: Open, name: str) -> None:
    faq = MORE[name]
    assistant = open_over(alike(faq["posts"]))
    right, wrong, unknown = play(assistant, [*faq["known"].items(), *((text, "") for text in faq.get("unknown", ()))])
    assert 3 * right >= len(faq["known"])
    assert len(wrong) <= 1
    assert not unknown
    for text, topics in faq.get("open", {}).items():
        assert_offered(assistant.decide(text).decision, set(topics))


def assert_offered(decision: Decision, topics: set[str]) -> None:
    assert decision.outcome is Outcome.CLARIFY
    assert {hit.topic_id for hit in decision.hits} == topics
    scores = [hit.score for hit in decision.hits]
    assert scores == sorted(scores, reverse=True)


def test_a_low_target_precision_does_not_answer_what_is_likely_wrong(open_over: Open) -> None:
    assistant = open_over(faq_of("f1_one_post_each"), answer_precision=0.05)
    right, _, _ = play(assistant, rows("f1_questions"))  # which sees no answer below a confidence of 0.5
    assert right >= 9
    assert assistant.decide("怎么退货").decision.confidence >= CERTAIN


def test_a_small_faq_needs_no_fit(open_over: Open, cache: Path) -> None:
    open_over(faq_of("r2_chinese_same"))
    assert not (cache / "confidence").exists()


def test_an_faq_of_one_topic_answers_what_is_asked_of_it_alone(open_over: Open) -> None:
    assistant = open_over(alike(["怎么退货"]))
    assert assistant.decide("怎么退货？").decision.outcome is Outcome.ANSWER
    for text in ("运费多少钱", "怎么查订单", "能开发票吗", "今天天气怎么样", "how are you"):
        assert assistant.decide(text).decision.outcome is not Outcome.ANSWER, text
