"""How well the questions of a run were answered, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from faq_component.evaluation.metrics import Interval, bootstrap
from faq_component.evaluation.question_table import CORRECT, OUTCOMES, HitResult
from faq_component.language import _
from faq_component.types import Outcome

_ANSWERED = OUTCOMES[Outcome.ANSWER]


@dataclass(frozen=True)
class Measures:
    """What became of the questions of a run; shares are means with their 95% intervals (`bootstrap`).

    Args:
        questions: number of questions.
        judged: number of those of which it is said which topic, or that none, should answer.
        outcomes: number of questions of each outcome (`OUTCOMES`).
        correct: share of the judged questions that got what they should: their topic's answer, or none.
        precision: share of the answers to judged questions that are their topic's.
        hit: share of the questions with a topic whose topic was found first, whatever was decided.

    A share is None where it is of nothing.
    """

    questions: int
    judged: int
    outcomes: dict[str, int]
    correct: Interval | None
    precision: Interval | None
    hit: Interval | None

    @classmethod
    def of(cls, results: Sequence[HitResult]) -> Measures:
        """Measure the results of a run."""
        judged = [result for result in results if result.verdict]
        answered = [result for result in judged if result.outcome == _ANSWERED]
        with_topic = [result.rank for result in results if result.rank is not None]
        return cls(
            len(results),
            len(judged),
            dict(Counter(result.outcome for result in results)),
            _share([result.verdict == CORRECT for result in judged]),
            _share([result.verdict == CORRECT for result in answered]),
            _share([rank == 1 for rank in with_topic]),
        )

    @property
    def lines(self) -> list[str]:
        """The shares as sentences, each with its interval."""
        texts = (
            (_("got what they should: {share}"), self.correct),
            (_("answers that are right: {share}"), self.precision),
            (_("the right topic found first: {share}"), self.hit),
        )
        return [text.format(share=shown_share(share)) for text, share in texts if share]

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values."""
        shares = {name: getattr(self, name) for name in ("correct", "precision", "hit")}
        counts = {"questions": self.questions, "judged": self.judged, "outcomes": self.outcomes}
        return {**counts, **{name: vars(share) if share else None for name, share in shares.items()}}


def shown_share(share: Interval) -> str:
    """A share with its interval, in per cent."""
    return f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}]"


def _share(values: Sequence[bool]) -> Interval | None:
    return bootstrap(values) if values else None
