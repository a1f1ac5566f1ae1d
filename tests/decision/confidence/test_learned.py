"""A shift of the confidence: as far as the verdicts warrant, and no further."""

from __future__ import annotations

import math
import random

import pytest

from faq_component.decision.confidence import LearnedConfidence, Shift, Verdict, fit_shift
from faq_component.retrieval.question import Question
from faq_component.types import Hit


def verdicts(count: int, said: float, true: float) -> list[Verdict]:
    draw = random.Random(0)
    return [Verdict(said, draw.random() < true) for _ in range(count)]


def test_without_verdicts_nothing_moves() -> None:
    shift = fit_shift([])
    assert shift == Shift()
    for probability in (0.0, 1e-9, 0.3, 0.999):
        assert shift.moved(probability) == pytest.approx(probability, abs=1e-5)


def test_many_verdicts_move_as_far_as_they_say_and_few_only_a_little() -> None:
    few, many = (fit_shift(verdicts(count, 0.6, 0.78)).moved(0.6) for count in (5, 500))
    assert 0.6 < few < many
    assert many == pytest.approx(0.78, abs=0.04)
    assert fit_shift(verdicts(500, 0.9, 0.8)).moved(0.9) == pytest.approx(0.8, abs=0.06)


def test_a_moved_probability_is_one() -> None:
    shift = fit_shift([Verdict(0.99, True)] * 1000 + [Verdict(0.01, True)] * 1000)
    assert 0 < shift.moved(0.5) < 1
    assert shift.moved(0.0) == 0.0
    assert Shift(5.0, 5.0).moved(0.999999) < 1
    assert fit_shift([Verdict(0.95, False), Verdict(0.05, True)] * 500).slope > 0


@pytest.mark.parametrize("right", [False, True])
def test_however_much_is_said_the_logits_move_by_a_bounded_amount(right: bool) -> None:
    shift = fit_shift([Verdict(said, right) for said in (0.5, 0.7, 0.9, 0.99, 0.9999)] * 10_000)
    for logit in (-6.0, -2.0, 0.0, 1.0, 3.0, 4.5, 9.0):
        moved = shift.moved(1 / (1 + math.exp(-logit)))
        assert abs(math.log(moved / (1 - moved)) - logit) <= 1.0 + 1e-6


def test_a_learned_confidence_asks_the_one_it_moves() -> None:
    class Half:
        def probability(self, question: object, hits: object, siblings: object = ()) -> float:
            return 0.5

        def updated(self, faq: object, retriever: object) -> Half:
            return self

    confidence = LearnedConfidence(Half(), Shift(1.0, 0.5))
    hit = Hit("t", "问", 0.5)
    assert confidence.probability(Question("问"), [hit]) == pytest.approx(0.622, abs=0.001)
    assert confidence.updated(None, None) == confidence  # type: ignore[arg-type]
