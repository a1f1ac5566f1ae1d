"""Learning from use: a log of what users said moves the confidence of a running bot, and of no other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from faq_component.assistant.learning import (
    FEWEST,
    Answers,
    LearnedStore,
    is_borne_out,
    learn,
    learns,
    shift_of,
    with_shift,
)
from faq_component.assistant.live import LiveFaq
from faq_component.cli import main
from faq_component.decision.confidence import Shift
from faq_component.decision.rules import PrecisionRule, ThresholdRule
from faq_component.knowledge.checking import load_faq
from faq_component.retrieval.question import Among, Question
from faq_component.settings import Settings
from faq_component.types import Hit, Outcome
from faq_component.usage.events import Event, Kind
from faq_component.usage.labels import Label
from faq_component.usage.log import UsageLog
from tests.caches import warmed


@dataclass(frozen=True)
class Fixed:
    """A confidence that says of every question how often it is right."""

    says: float

    def probability(self, question: Question, hits: object, siblings: object = ()) -> float:
        return self.says

    def updated(self, faq: object, retriever: object) -> Fixed:
        return self


def search(question: Question, depth: int) -> list[Hit]:
    return [Hit("return", "怎么退货", 0.9), Hit("swap", "怎么换货", 0.3)]


def labels(right: int, wrong: int) -> list[Label]:
    """Labels in which right and wrong ones take turns evenly."""
    total = right + wrong
    topics = ["return" if (place + 1) * right // total > place * right // total else "swap" for place in range(total)]
    return [Label(f"第{place}个问题", topic, frozenset(), "") for place, topic in enumerate(topics)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), True),
        (Settings(learn=False), False),
        (Settings(scope={"slot": "shop"}), False),
    ],
)
def test_nothing_is_learned_where_the_log_does_not_tell_the_scope(settings: Settings, expected: bool) -> None:
    assert learns(settings) is expected


def test_a_question_is_judged_among_the_topics_that_it_could_find() -> None:
    among = Among(without=frozenset({"swap"}))
    seen = []

    class Seeing(Fixed):
        def probability(self, question: Question, hits: object, siblings: object = ()) -> float:
            seen.append(question.among)
            return self.says

    rule = PrecisionRule(Seeing(0.6), answer=0.9, ask=0.2)
    learn(rule, search, labels(60, 0), 0.95, asked=lambda question: question.within(among))
    assert set(seen) == {among}


def test_a_confidence_that_was_too_low_answers_more() -> None:
    rule = PrecisionRule(Fixed(0.8), answer=0.9, ask=0.2)
    found = learn(rule, search, labels(60, 0), 0.95)
    assert found is not None
    assert found.used
    assert (found.labels, found.later) == (60, 20)
    assert (found.before.answered, found.after.answered, found.after.right) == (0, 20, 20)
    moved = with_shift(rule, found.shift)
    assert moved.decide(Question("退吗"), search(Question("退吗"), 5)).outcome is Outcome.ANSWER
    assert shift_of(moved) == found.shift
    assert with_shift(moved, Shift()) == rule


def test_one_that_was_too_high_answers_less() -> None:
    found = learn(PrecisionRule(Fixed(0.95), answer=0.9, ask=0.2), search, labels(40, 40), 0.95)
    assert found is not None
    assert found.used
    assert (found.before.answered, found.after.answered) == (27, 0)


def test_what_later_questions_do_not_bear_out_is_not_used() -> None:
    found = learn(PrecisionRule(Fixed(0.8), answer=0.9, ask=0.2), search, [*labels(60, 0), *labels(20, 10)], 0.95)
    assert found is not None
    assert not found.used
    assert found.after.precision == pytest.approx(2 / 3)


def test_nobody_teaches_alone() -> None:
    rule = PrecisionRule(Fixed(0.97), answer=0.9, ask=0.2)
    of_one = [label._replace(conversation="甲") for label in labels(0, 90)]
    assert learn(rule, search, of_one, 0.95) is None
    others = [label._replace(conversation=str(number)) for number, label in enumerate(labels(60, 0))]
    found = learn(rule, search, [*others, *of_one], 0.95)
    assert found is not None
    assert found.labels == 63  # the latest three of that one
    assert found.after.answered == found.before.answered  # a third of the labels, which outweigh those three


def test_what_many_say_together_leaves_the_sure_answers() -> None:
    """Whoever opens as many conversations as he likes cannot silence the bot."""
    rule = PrecisionRule(Fixed(0.98), answer=0.9, ask=0.2)
    bad = [label._replace(conversation=str(number)) for number, label in enumerate(labels(0, 900))]
    found = learn(rule, search, bad, 0.95)
    assert found is not None
    assert found.after.answered == found.before.answered == 300
    doubtful = learn(PrecisionRule(Fixed(0.92), answer=0.9, ask=0.2), search, bad, 0.95)
    assert doubtful is not None
    assert doubtful.after.answered == 0


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((10, 10), (20, 19), True),
        ((10, 10), (20, 18), False),  # 0.90
        ((10, 10), (10, 10), True),
        ((10, 10), (9, 9), False),  # fewer, though all were right
        ((10, 9), (8, 8), True),
        ((10, 9), (8, 7), False),  # fewer, and less precisely
        ((10, 9), (30, 27), False),
        ((10, 9), (40, 39), True),
        ((10, 9), (0, 0), True),
        ((0, 0), (0, 0), False),
    ],
)
def test_what_is_borne_out(before: tuple[int, int], after: tuple[int, int], expected: bool) -> None:
    assert is_borne_out(Answers(*before), Answers(*after), 0.95) is expected


def test_what_no_later_question_is_answered_with_is_not_borne_out() -> None:
    """Picks of questions that are never answered would make the bot ask to clarify every question."""
    found = learn(PrecisionRule(Fixed(0.2), answer=0.9, ask=0.3), search, labels(60, 0), 0.95)
    assert found is not None
    assert not found.used


def test_what_teaches_nothing() -> None:
    rule = PrecisionRule(Fixed(0.6), answer=0.9, ask=0.2)
    assert learn(rule, search, labels(FEWEST - 1, 0), 0.95) is None
    literal = [Label("怎么退货", "return", frozenset(), "")] * 100
    assert learn(rule, search, literal, 0.95) is None
    assert learn(ThresholdRule(0.5, 0.3, 0.1), search, labels(60, 0), 0.95) is None


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("FAQ_LOG")
    topics = {
        topic.title: {"id": topic.id, "post": topic.posts[:2], "resp": topic.responses}
        for topic in load_faq("data/faq").topics[:12]
    }
    (tmp_path / "faq.json").write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
    names = {"faq": "faq.json", "cache_dir": "cache", "log": "usage.sqlite"}
    values = {name: str(tmp_path / file) for name, file in names.items()}
    warmed(values["cache_dir"])
    component = {"name": "faq_component.rasa.FaqRecall", **values}
    (tmp_path / "config.yml").write_text(json.dumps({"pipeline": [component]}), "utf-8")
    return Settings().override(**values, reload_seconds=0)


def asked_of(settings: Settings) -> list[tuple[str, str]]:
    """Other posts of the same topics: what users might ask."""
    return [(post, topic.id) for topic in load_faq("data/faq").topics[:12] for post in topic.posts[2:8]]


def test_a_running_bot_learns_and_so_does_the_next(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    live = LiveFaq(settings, "test")
    assert not live.learn()  # there is no log yet
    flags = ["--config", str(Path(settings.faq).with_name("config.yml"))]
    assert main(["tune", "--from-log", *flags]) == 1
    assert "of 0 questions" in " ".join(capsys.readouterr().out.split())
    UsageLog(settings.log).append(
        Event(Kind.PICK, "picked", text=text, topic=topic, conversation=str(number))
        for number, (text, topic) in enumerate(asked_of(settings))
    )
    report = Path(settings.cache_dir) / "report.json"
    assert main(["tune", "--from-log", "--json", str(report), *flags]) == 0
    shown = json.loads(report.read_text("utf-8"))
    assert shown["labels"] >= FEWEST
    assert live.learn() is shown["used"]
    assert vars(shift_of(live.current.rule)) == (shown["shift"] if shown["used"] else vars(Shift()))
    assert not live.learn()  # nothing has been said since
    assert LearnedStore(settings, live.current.rule).read() == (shift_of(live.current.rule), len(asked_of(settings)))
    again = LiveFaq(settings, "test")
    assert shift_of(again.current.rule) == shift_of(live.current.rule)
    other = LiveFaq(settings.override(learn=False), "test")
    assert shift_of(other.current.rule) == Shift()
