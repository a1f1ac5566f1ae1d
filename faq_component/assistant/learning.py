"""Learning from use: the confidence is moved by labelled questions, and kept where later ones bear it out."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from faq_component.assistant.build_encoders import encoder_fingerprint
from faq_component.decision.confidence import (
    DEPTH,
    Confidence,
    LearnedConfidence,
    PriorConfidence,
    Shift,
    Verdict,
    fit_shift,
)
from faq_component.decision.confidence.prior import PRIOR_FILE
from faq_component.decision.rules import DecisionRule, PrecisionRule, WrappingRule, is_certain
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from faq_component.support.artifacts import ArtifactStore
from faq_component.support.setting_fields import Affects, cache_key
from faq_component.types import Hit, Outcome
from faq_component.usage.labels import Label

FEWEST = 30  # labels; fewer say too little to be judged on
LATER = 1 / 3  # share of the labels, the latest, on which a shift is judged
_OF_ONE = 3  # labels of a conversation that count, the latest: nobody teaches alone
_VERSION = 3

Search = Callable[[Question, int], Sequence[Hit]]


@dataclass(frozen=True)
class Answers:
    """How many labelled questions are answered, and how many of these correctly."""

    answered: int
    right: int

    @property
    def precision(self) -> float:
        """Share of correct answers; 1 where there are none."""
        return self.right / self.answered if self.answered else 1.0


@dataclass(frozen=True)
class Learned:
    """What was learned from the earlier labels, and how it does on the later ones.

    Args:
        shift: of the confidence.
        labels: number of all labels that say something about the first hit.
        later: how many of them, the latest, were judged on.
        before: the later questions' answers without the shift.
        after: with it.
        used: whether the shift is to be used.
    """

    shift: Shift
    labels: int
    later: int
    before: Answers
    after: Answers
    used: bool


@dataclass(frozen=True)
class _Labelled:
    question: Question
    hits: Sequence[Hit]
    right: bool


def learns(settings: Settings) -> bool:
    """Whether a bot learns from its log: not with scopes, as choices and ratings in the log bear none."""
    return settings.learn and not settings.scope


def learn(
    rule: DecisionRule,
    search: Search,
    labels: Iterable[Label],
    precision: float,
    *,
    asked: Callable[[Question], Question] = lambda question: question,
) -> Learned | None:
    """Learn a shift from the earlier labels, and judge it on the later ones.

    It is used where it answers as many of the later questions correctly as before or more, and as precisely as is
    wanted; or where these were not answered so precisely, and it answers fewer of them, not less precisely. What a post
    says literally teaches nothing.

    Args:
        rule: decides now; what it has learned before is left out.
        search: finds the topics of a question.
        labels: in the order of time.
        precision: the wanted precision of answers.
        asked: gives a question the topics that it may find, as the bot does before search and decision.

    Returns:
        What was learned; None where the rule has no confidence, or fewer than `FEWEST` labels say something.
    """
    inner = innermost(rule)
    if not isinstance(inner, PrecisionRule):
        return None
    said = spread(list(labels))
    known = [found for label in said if (found := _known(asked(Question(label.text)), label, search, inner))]
    if len(known) < FEWEST:
        return None
    later = round(LATER * len(known))
    base = unlearned(inner.confidence)
    verdicts = [Verdict(base.probability(one.question, one.hits), one.right) for one in known[:-later]]
    shift = fit_shift(verdicts)
    before, after = (_answers(with_shift(rule, tried), known[-later:]) for tried in (Shift(), shift))
    used = shift != Shift() and is_borne_out(before, after, precision)
    return Learned(shift, len(known), later, before, after, used)


def spread(labels: Sequence[Label]) -> list[Label]:
    """Return the labels without those of a conversation before its latest few; reviewers' all count."""
    counted: Counter[str] = Counter()
    kept = []
    for label in reversed(labels):
        counted[label.conversation] += 1
        if not label.conversation or counted[label.conversation] <= _OF_ONE:
            kept.append(label)
    return kept[::-1]


def is_borne_out(before: Answers, after: Answers, precision: float) -> bool:
    """Whether as many later questions are answered correctly as before, and as precisely as is wanted.

    Fewer may be where they were not answered so precisely before, if it is not less precisely now. Where none is
    answered, before or after, nothing bears it out.
    """
    if not before.answered and not after.answered:
        return False
    if before.precision < precision and after.answered <= before.answered:
        return after.precision >= before.precision
    return after.precision >= precision and after.right >= before.right


def with_shift(rule: DecisionRule, shift: Shift) -> DecisionRule:
    """Return the rule with this shift in place of what it has learned before."""
    if isinstance(rule, WrappingRule):
        return replace(rule, rule=with_shift(rule.rule, shift))
    if not isinstance(rule, PrecisionRule):
        return rule
    base = unlearned(rule.confidence)
    return replace(rule, confidence=base if shift == Shift() else LearnedConfidence(base, shift))


def shift_of(rule: DecisionRule) -> Shift:
    """Return what a rule has learned."""
    inner = innermost(rule)
    learned = inner.confidence if isinstance(inner, PrecisionRule) else None
    return learned.shift if isinstance(learned, LearnedConfidence) else Shift()


def learned_rule(settings: Settings, rule: DecisionRule) -> DecisionRule:
    """Return the rule with what has been learned for it, where the bot learns."""
    if not learns(settings) or not isinstance(innermost(rule), PrecisionRule):
        return rule
    return with_shift(rule, LearnedStore(settings, rule).read()[0])


def innermost(rule: DecisionRule) -> DecisionRule:
    """Return the rule that others wrap."""
    while isinstance(rule, WrappingRule):
        rule = rule.rule
    return rule


class LearnedStore:
    """What was learned over a project's FAQ, kept in its cache folder for all its processes.

    It belongs to the FAQ's place, to what retrieval depends on, and to the confidence that it moves.
    """

    def __init__(self, settings: Settings, rule: DecisionRule) -> None:
        self._store = ArtifactStore(Path(settings.cache_dir) / "learned", "learned confidence", version=_VERSION)
        encoder = encoder_fingerprint(settings)
        self._made_from = [settings.faq, cache_key(settings, Affects.RETRIEVAL, encoder=encoder), _kind(rule)]

    def read(self) -> tuple[Shift, int]:
        """Return the shift, and the number of labels when it was learned; the default and 0 where there is none."""
        content = self._store.read(self._made_from)
        if content is None:
            return Shift(), 0
        values = json.loads(str(content, "utf-8"))
        return Shift(float(values["slope"]), float(values["offset"])), int(values["labels"])

    def write(self, shift: Shift, labels: int) -> None:
        """Keep a shift, and the number of labels that it was learned and judged on."""
        self._store.write(self._made_from, json.dumps({**vars(shift), "labels": labels}).encode())


def _kind(rule: DecisionRule) -> str:
    """What the shift moves: the prior, in its version, or a fit."""
    inner = innermost(rule)
    base = unlearned(inner.confidence) if isinstance(inner, PrecisionRule) else None
    return hashlib.sha256(PRIOR_FILE.read_bytes()).hexdigest() if isinstance(base, PriorConfidence) else "fit"


def unlearned(confidence: Confidence) -> Confidence:
    """Return a confidence without what was learned from the log."""
    return confidence.confidence if isinstance(confidence, LearnedConfidence) else confidence


def _known(question: Question, label: Label, search: Search, rule: PrecisionRule) -> _Labelled | None:
    hits = search(question, DEPTH)
    if not hits or is_certain(question, hits, rule.rewrite):
        return None
    right = label.is_right(hits[0].topic_id)
    return None if right is None else _Labelled(question, hits, right)


def _answers(rule: DecisionRule, labelled: Sequence[_Labelled]) -> Answers:
    answered = [one for one in labelled if rule.decide(one.question, one.hits).outcome is Outcome.ANSWER]
    return Answers(len(answered), sum(one.right for one in answered))
