"""Messages in a language that the FAQ is not written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from faq_component.decision.rules import DecisionRule
from faq_component.decision.segments import Segment
from faq_component.decision.spoken_languages import languages_of
from faq_component.dialogue.spoken import language_of
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.types import Decision, Hit, Outcome


@dataclass(frozen=True)
class LanguageRule:
    """Wraps another rule: a message in a language that the FAQ is not written in is answered or rejected.

    The encoder finds topics across languages where a post means just what the message says. Less near ones are often
    wrong, and their titles cannot be read by who wrote it, so there is no clarifying question.
    """

    rule: DecisionRule
    languages: tuple[str, ...]

    @property
    def is_calibrated(self) -> bool:
        """Whether the confidence of the wrapped rule is a probability."""
        return self.rule.is_calibrated

    def decide(self, question: Question, hits: Sequence[Hit]) -> Decision:
        """Decide on a question and its hits, best first."""
        return self._without_questions(question.text, self.rule.decide(question, hits))

    def decide_on_segments(self, starts: Sequence[Sequence[Segment]]) -> tuple[Segment, Decision]:
        """Return the segment and the wrapped rule's decision, unless it asks back in another language."""
        segment, decision = self.rule.decide_on_segments(starts)
        return segment, self._without_questions(starts[0][0].question.text, decision)

    def _without_questions(self, text: str, decision: Decision) -> Decision:
        if decision.outcome is Outcome.CLARIFY and language_of(text) not in (None, *self.languages):
            return replace(decision, outcome=Outcome.REJECT, hits=())
        return decision

    def updated(self, faq: Faq, retriever: Retriever) -> LanguageRule:
        """Return the rule for an edited FAQ."""
        return LanguageRule(self.rule.updated(faq, retriever), languages_of(faq))
