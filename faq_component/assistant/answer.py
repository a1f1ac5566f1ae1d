"""What the user reads, and what it follows from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faq_component.knowledge.responses import Response, response_to_json, text_of
from faq_component.knowledge.topics import Faq, Topic
from faq_component.types import Hit, Outcome, Result


@dataclass(frozen=True)
class Answer:
    """A result, and what the bot says to it.

    Args:
        result: hits, decision and version.
        faq: the version of the knowledge base that decided.
        topic: the topic that is answered; None unless the outcome is ANSWER.
        response: what the user reads: the response drawn, the clarifying question, or that the bot does not know.
        suitable: the responses of the topic that suit channel and slots, of which one was drawn.
        choices: the topics that a clarifying question offers.
    """

    result: Result
    faq: Faq
    topic: Topic | None
    response: Response
    suitable: tuple[Response, ...] = ()
    choices: tuple[Topic, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Whether the question is answered, asked about, or not known."""
        return self.result.decision.outcome

    @property
    def confidence(self) -> float:
        """How sure the decision is, 0 to 1; see `Decision`."""
        return self.result.decision.confidence

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The topics found, those decided on first."""
        return self.result.hits

    @property
    def version(self) -> str:
        """The version of the knowledge base that decided."""
        return self.result.version

    @property
    def text(self) -> str:
        """The text of the response; empty where it has none, as an image."""
        return text_of(self.response)

    def to_json(self) -> dict[str, Any]:
        """As JSON values; `response` is null where nothing of the knowledge base, or no choice, is said."""
        said = self.suitable or self.choices
        return {
            "outcome": self.outcome.value,
            "confidence": round(float(self.confidence), 4),
            "topic": self.topic.id if self.topic else None,
            "title": self.topic.title if self.topic else None,
            "response": response_to_json(self.response) if said else None,
            "choices": [{"topic": topic.id, "title": topic.title} for topic in self.choices],
            "version": self.version,
        }


def hit_to_json(hit: Hit, faq: Faq) -> dict[str, Any]:
    """A hit as JSON values, with its topic's title and its post."""
    return {
        "topic": hit.topic_id,
        "title": faq.by_id[hit.topic_id].title,
        "post": hit.post,
        "score": round(float(hit.score), 4),
    }
