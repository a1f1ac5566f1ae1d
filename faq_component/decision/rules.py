"""Decision rules: from hits to an answer, a clarifying question or a rejection."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import itemgetter
from typing import Protocol

from faq_component.decision.confidence import MAX_CHOICES, Confidence, worth_offering
from faq_component.decision.contrast import ContrastCheck
from faq_component.decision.segments import Segment
from faq_component.decision.siblings import fills_otherwise, siblings_of
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.text import key_of, normalize, says_something
from faq_component.types import BELOW_CERTAIN, Decision, Hit, Outcome

_DOUBT = 0.5  # factor of the confidence
_LEAST = 0.5  # least probability of an answer: what is more likely wrong than right is not said
_EQUAL = 0.005  # two topics whose scores differ by less are equally near
_CERTAINLY = 1.0  # the confidence where a post says just what the message says

Rewrite = Callable[[str], str]


class DecisionRule(Protocol):
    """Decides on a question and its hits; the search is not its concern."""

    @property
    def is_calibrated(self) -> bool:
        """Whether its confidence is a probability, so that segments of a message can be compared."""
        ...

    def decide(self, question: Question, hits: Sequence[Hit]) -> Decision:
        """Decide on a question and its hits, best first."""
        ...

    def decide_on_segments(self, starts: Sequence[Sequence[Segment]]) -> tuple[Segment, Decision]:
        """Decide on a message that was searched in segments (`segments_of`); return the segment and the decision."""
        ...

    def updated(self, faq: Faq, retriever: Retriever) -> DecisionRule:
        """Return the rule for an edited FAQ and its retriever, without refitting; this one stays valid."""
        ...


@dataclass(frozen=True)
class ThresholdRule:
    """Thresholds on the score of one retriever, 0 to 1, chosen on development data (`DEFAULT_THRESHOLDS`).

    `rewrite` is what texts are compared after, such as from traditional to simplified characters.
    """

    answer: float
    clarify: float
    margin: float
    rewrite: Rewrite = field(default=str, compare=False, repr=False)

    def decide(self, question: Question, hits: Sequence[Hit]) -> Decision:
        """Decide on a question and its hits, best first.

        ANSWER when the best score reaches `answer` and leads the second topic by `margin`, or when a post matches the
        question exactly; CLARIFY between topics that reach `clarify`; REJECT otherwise, and where there is nothing to
        read (`says_something`).
        """
        if is_certain(question, hits, self.rewrite):
            return Decision(Outcome.ANSWER, _CERTAINLY, (hits[0],))
        if not hits or hits[0].score < self.clarify or not says_something(question.key):
            return Decision(Outcome.REJECT, hits[0].score if hits else 0.0, ())
        best = hits[0]
        lead = best.score - (hits[1].score if len(hits) > 1 else 0.0)
        confidence = min(best.score, BELOW_CERTAIN)
        if best.score >= self.answer and lead >= self.margin:
            return Decision(Outcome.ANSWER, confidence, (best,))
        choices = tuple(hit for hit in hits[:MAX_CHOICES] if hit.score >= self.clarify)
        return Decision(Outcome.CLARIFY, confidence, choices)

    is_calibrated = False

    def decide_on_segments(self, starts: Sequence[Sequence[Segment]]) -> tuple[Segment, Decision]:
        """Decide on the whole message: raw scores do not tell which segment holds the question."""
        whole = starts[0][0]
        return whole, self.decide(whole.question, whole.hits)

    def updated(self, faq: Faq, retriever: Retriever) -> ThresholdRule:
        """Return this rule: its thresholds depend on the retriever only."""
        return self


@dataclass(frozen=True)
class PrecisionRule:
    """Bounds on the calibrated confidence at which answers and clarifying questions reach their target precisions.

    Args:
        confidence: estimates the probability that the first hit has the correct topic.
        answer: least probability of an answer; below 0.5 it counts as 0.5.
        ask: least probability of a clarifying question.
        rewrite: what texts are compared after, such as from traditional to simplified characters.
    """

    confidence: Confidence
    answer: float
    ask: float
    rewrite: Rewrite = field(default=str, compare=False, repr=False)

    is_calibrated = True

    def decide(self, question: Question, hits: Sequence[Hit]) -> Decision:
        """Decide on a question and its hits, best first.

        ANSWER when the probability reaches `answer`, or when a post matches the question exactly; CLARIFY when it
        reaches `ask`; REJECT otherwise, and where there is nothing to read (`says_something`). Topics whose scores are
        equal are asked about, and so is a question that fills the form of several topics otherwise (`fills_otherwise`),
        and siblings that the question does not tell apart (`siblings_of`), where the probability of all of them
        together reaches `ask`.
        """
        if not hits:
            return Decision(Outcome.REJECT, 0.0, ())
        if is_certain(question, hits, self.rewrite):
            return Decision(Outcome.ANSWER, _CERTAINLY, (hits[0],))
        if not says_something(question.key):
            return Decision(Outcome.REJECT, min(self.probability(question, hits), BELOW_CERTAIN), ())
        siblings = siblings_of(question, hits)
        if siblings:
            together = self.confidence.probability(question, hits, [hit.topic_id for hit in siblings])
            if together >= self.ask:
                alone = min(self.probability(question, hits), together / (1 + len(siblings)))
                return Decision(Outcome.CLARIFY, alone, (hits[0], *siblings))
        decision = self._bounded(self.probability(question, hits), worth_offering(hits))
        if decision.outcome is Outcome.ANSWER and (are_equal(hits) or fills_otherwise(question, hits)):
            return replace(decision, outcome=Outcome.CLARIFY, hits=tuple(worth_offering(hits)))
        return decision

    def decide_on_segments(self, starts: Sequence[Sequence[Segment]]) -> tuple[Segment, Decision]:
        """Decide on a message that was searched in segments; return the segment and the decision.

        Either the FAQ knows nothing that the message asks, or the question begins at one of the n starts, all equally
        likely. Let o = p/(1-p) be the odds of the likeliest segment of each start, where p is its probability as a
        message of its own. Bayes' theorem then gives that segment the probability (o/n) / (1 + the sum of o/n over all
        starts); with one start this is p. The probability of a topic is the sum over the segments that find it. CLARIFY
        where the segments of two topics would each be answered alone; a post that matches the whole message decides.
        """
        whole = starts[0][0]
        if len(starts) == 1:
            return whole, self.decide(whole.question, whole.hits)
        found = [
            max(map(self._with_probability, asked), key=itemgetter(0))
            for segments in starts
            if (asked := _with_hits(segments))
        ]
        if not found or is_certain(whole.question, whole.hits, self.rewrite):
            return whole, self.decide(whole.question, whole.hits)
        odds = [probability / (1 - probability) / len(starts) for probability, _ in found]
        topics: defaultdict[str, float] = defaultdict(float)
        best: dict[str, tuple[float, Segment]] = {}
        for (probability, segment), share in zip(found, odds, strict=True):
            topic_id = segment.hits[0].topic_id
            topics[topic_id] += share / (1 + sum(odds))
            best[topic_id] = max(best.get(topic_id, (0.0, segment)), (probability, segment), key=itemgetter(0))
        first, *others = sorted(topics, key=lambda topic_id: -topics[topic_id])
        segment = best[first][1]
        asked_too = [topic_id for topic_id in others if best[topic_id][0] >= self.answer]
        likely = [
            topic_id for topic_id in others if topics[topic_id] >= topics[first] / 2 and topic_id not in asked_too
        ]
        offered = [best[topic_id][1].hits[0] for topic_id in (first, *asked_too, *likely)]
        near = [hit for hit in worth_offering(segment.hits) if hit.topic_id not in {hit.topic_id for hit in offered}]
        decision = self._bounded(topics[first], [*offered, *near][:MAX_CHOICES])
        if asked_too and decision.outcome is Outcome.ANSWER:
            return segment, replace(decision, outcome=Outcome.CLARIFY, hits=tuple(offered[:MAX_CHOICES]))
        return segment, decision

    def _bounded(self, probability: float, choices: Sequence[Hit]) -> Decision:
        confidence = min(probability, BELOW_CERTAIN)
        if probability >= max(self.answer, _LEAST):
            return Decision(Outcome.ANSWER, confidence, (choices[0],))
        if probability >= self.ask:
            return Decision(Outcome.CLARIFY, confidence, tuple(choices))
        return Decision(Outcome.REJECT, confidence, ())

    def probability(self, question: Question, hits: Sequence[Hit]) -> float:
        """Probability that the first hit has the correct topic."""
        return self.confidence.probability(question, hits)

    def _with_probability(self, segment: Segment) -> tuple[float, Segment]:
        return self.probability(segment.question, segment.hits), segment

    def updated(self, faq: Faq, retriever: Retriever) -> PrecisionRule:
        """Return the rule with the confidence over the edited FAQ; the bounds stay."""
        return replace(self, confidence=self.confidence.updated(faq, retriever))


@dataclass(frozen=True)
class WrappingRule(ABC):
    """Wraps another rule and may revise its decisions."""

    rule: DecisionRule

    @property
    def is_calibrated(self) -> bool:
        """Whether the confidence of the wrapped rule is a probability."""
        return self.rule.is_calibrated

    def decide(self, question: Question, hits: Sequence[Hit]) -> Decision:
        """Decide on a question and its hits, best first."""
        return self.revised(question, Segment(question, hits), self.rule.decide(question, hits))

    def decide_on_segments(self, starts: Sequence[Sequence[Segment]]) -> tuple[Segment, Decision]:
        """Return the segment and the wrapped rule's decision, which may be revised."""
        segment, decision = self.rule.decide_on_segments(starts)
        return segment, self.revised(starts[0][0].question, segment, decision)

    @abstractmethod
    def revised(self, message: Question, segment: Segment, decision: Decision) -> Decision:
        """Return the decision on a segment of a message, or another in its place."""

    @abstractmethod
    def updated(self, faq: Faq, retriever: Retriever) -> WrappingRule:
        """Return the rule for an edited FAQ and its retriever, without refitting; this one stays valid."""


@dataclass(frozen=True)
class ContrastRule(WrappingRule):
    """Wraps another rule: an answer that the contrast check doubts becomes a clarifying question.

    Its confidence is halved.
    """

    check: ContrastCheck

    def revised(self, message: Question, segment: Segment, decision: Decision) -> Decision:
        """Ask to clarify in place of an answer that the check doubts."""
        hits = segment.hits
        if decision.outcome is Outcome.ANSWER and self.check.doubts(segment.question, hits[0].topic_id, hits[0].post):
            return Decision(Outcome.CLARIFY, decision.confidence * _DOUBT, tuple(worth_offering(hits)))
        return decision

    def updated(self, faq: Faq, retriever: Retriever) -> ContrastRule:
        """Return rule and check for an edited FAQ."""
        return ContrastRule(self.rule.updated(faq, retriever), self.check.updated(faq))


def _with_hits(segments: Sequence[Segment]) -> list[Segment]:
    return [segment for segment in segments if segment.hits]


def is_certain(question: Question, hits: Sequence[Hit], rewrite: Rewrite) -> bool:
    """Whether the first hit's post is the question itself, by its key, and no other topic has that post."""
    asked = key_of(question.rewritten(rewrite))

    def says_it(hit: Hit) -> bool:
        return _key_of_post(hit.post, rewrite) == asked

    return bool(hits) and says_it(hits[0]) and not any(map(says_it, hits[1:]))


@lru_cache(maxsize=4096)
def _key_of_post(post: str, rewrite: Rewrite) -> str:
    return key_of(rewrite(normalize(post)))


def are_equal(hits: Sequence[Hit]) -> bool:
    """Whether the two best topics have equal scores, up to half a hundredth."""
    return len(hits) > 1 and hits[0].score - hits[1].score < _EQUAL
