"""Messages in a language that the FAQ is not written in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from faq_component.decision.rules import WrappingRule
from faq_component.decision.segments import Segment
from faq_component.decision.spoken_languages import languages_of
from faq_component.dialogue.spoken import language_of
from faq_component.knowledge.topics import Faq
from faq_component.retrieval.question import Question
from faq_component.retrieval.types import Retriever
from faq_component.types import Decision, Outcome


@dataclass(frozen=True)
class LanguageRule(WrappingRule):
    """Wraps another rule: a message in a language that the FAQ is not written in is answered or rejected.

    The encoder finds topics across languages where a post means just what the message says. Less near ones are often
    wrong, and their titles cannot be read by who wrote it, so there is no clarifying question.
    """

    languages: tuple[str, ...]

    def revised(self, message: Question, segment: Segment, decision: Decision) -> Decision:
        """Reject in place of a clarifying question in another language than the message's."""
        if decision.outcome is Outcome.CLARIFY and language_of(message.text) not in (None, *self.languages):
            return replace(decision, outcome=Outcome.REJECT, hits=())
        return decision

    def updated(self, faq: Faq, retriever: Retriever) -> LanguageRule:
        """Return the rule for an edited FAQ."""
        return LanguageRule(self.rule.updated(faq, retriever), languages_of(faq))
