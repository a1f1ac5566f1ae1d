"""The answer: what the user reads, with the result that it is based on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faq_component.knowledge.offers import NO_LEADS, Lead, Leads
from faq_component.knowledge.responses import Response, response_to_json, text_of
from faq_component.knowledge.topics import Faq, Topic
from faq_component.types import Hit, Outcome, Result


@dataclass(frozen=True)
class Answer:
    """A result, and the bot's reply to it.

    Args:
        result: hits, decision and version.
        faq: the version of the knowledge base that decided.
        topic: the topic that is answered; None unless the outcome is ANSWER.
        response: what the user reads: the drawn response, the clarifying question, or "I don't know".
        suitable: the responses of the topic that suit channel and slots, of which one was drawn.
        choices: the topics that a clarifying question offers.
        leads: the topics that are offered after the answer.
        nearest: the topics that are offered where nothing is found (setting `nearest_floor`).
        words: the lists of words that must not pass of which the message or its answer held one (setting `words`):
            ``user.refuse``, ``user.hand_over``, ``user.mask``, ``bot.refuse``, ``bot.mask``.
    """

    result: Result
    faq: Faq
    topic: Topic | None
    response: Response
    suitable: tuple[Response, ...] = ()
    choices: tuple[Topic, ...] = ()
    leads: Leads = NO_LEADS
    nearest: tuple[Topic, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def follow(self) -> tuple[Lead, ...]:
        """Topics that lead on from the answer, each with the title of its button."""
        return self.leads.follow

    @property
    def related(self) -> tuple[Topic, ...]:
        """Topics that are related to the answer."""
        return tuple(lead.topic for lead in self.leads.related)

    @property
    def handoff(self) -> bool:
        """Whether the conversation is to be handed over to a person after this answer."""
        by_topic = bool(self.suitable) and self.topic is not None and self.topic.options.handoff
        return by_topic or "user.hand_over" in self.words

    @property
    def refused(self) -> bool:
        """Whether the message was not searched, since it holds a word that must not pass."""
        return not {"user.refuse", "user.hand_over"}.isdisjoint(self.words)

    @property
    def outcome(self) -> Outcome:
        """Whether the question is answered, clarified or rejected."""
        return self.result.decision.outcome

    @property
    def confidence(self) -> float:
        """Confidence of the decision, 0 to 1; see `Decision`."""
        return self.result.decision.confidence

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Topics found, those of the decision first."""
        return self.result.hits

    @property
    def version(self) -> str:
        """Version of the knowledge base that decided."""
        return self.result.version

    @property
    def text(self) -> str:
        """Text of the response; empty where it has none, such as an image."""
        return text_of(self.response)

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values.

        `response` is null unless it answers from the knowledge base, offers choices or refuses the message.
        """
        said = self.suitable or self.choices or self.refused
        return {
            "outcome": self.outcome.value,
            "confidence": round(float(self.confidence), 4),
            "topic": self.topic.id if self.topic else None,
            "title": self.topic.title if self.topic else None,
            "response": response_to_json(self.response) if said else None,
            "choices": [{"topic": topic.id, "title": topic.title} for topic in self.choices],
            "follow": [lead.to_json() for lead in self.leads.follow],
            "related": [lead.to_json() for lead in self.leads.related],
            "nearest": [{"topic": topic.id, "title": topic.title} for topic in self.nearest],
            "handoff": self.handoff,
            "words": list(self.words),
            "version": self.version,
        }


def hit_to_json(hit: Hit, faq: Faq) -> dict[str, Any]:
    """Convert a hit to JSON values, with its topic's title and its post."""
    return {
        "topic": hit.topic_id,
        "title": faq.by_id[hit.topic_id].title,
        "post": hit.post,
        "score": round(float(hit.score), 4),
    }
