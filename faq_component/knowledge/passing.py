"""Topics and responses as users may read them: without words that must not pass."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from faq_component.dialogue.words import Passing, Side
from faq_component.knowledge.offers import Lead, Leads
from faq_component.knowledge.response_choice import draw_response
from faq_component.knowledge.responses import Response, RichResponse, said, suitable
from faq_component.knowledge.topics import Topic


@dataclass(frozen=True)
class Said:
    """The answer of a topic.

    Args:
        topic: as users may read it.
        response: the one drawn; None where none suits, or none may be said.
        suitable: the responses of which it was drawn.
        passing: whether words kept the answer back, or have stars in their place; None for neither.
    """

    topic: Topic
    response: Response | None
    suitable: tuple[Response, ...]
    passing: Passing | None

    @property
    def lists(self) -> tuple[str, ...]:
        """Name of the list that did, as the log counts it; empty for none."""
        return (f"bot.{self.passing.value}",) if self.passing else ()


def say_topic(
    topic: Topic,
    bot: Side,
    draw: random.Random,
    last: str | None = None,
    channel: str | None = None,
    slots: Mapping[str, Any] | None = None,
) -> Said:
    """Draw a response that may be said; arguments as for `draw_response`.

    Raises:
        ValueError: the topic has no responses (it was loaded for evaluation).
    """
    shown = shown_topic(topic, bot)
    if topic.responses and not shown.responses:
        return Said(shown, None, (), Passing.REFUSE)
    drawn = draw_response(shown, draw, last, channel, slots)
    if drawn is None:
        kept_back = suitable(topic.responses, channel, slots or {})
        return Said(shown, None, (), Passing.REFUSE if kept_back else None)
    found = tuple(suitable(shown.responses, channel, slots or {}))
    return Said(shown, drawn, found, None if drawn in topic.responses else Passing.MASK)


def shown_topic(topic: Topic, bot: Side) -> Topic:
    """Return a topic as users may read it: without responses that are refused, and with stars for what is masked."""
    if not bot.lists:
        return topic
    responses = tuple(
        _masked(response, bot) for response in topic.responses if bot.passing(*said(response)) is not Passing.REFUSE
    )
    return replace(topic, title=bot.masked(topic.title, Passing.REFUSE, Passing.MASK), responses=responses)


def shown_topics(topics: Iterable[Topic], bot: Side) -> tuple[Topic, ...]:
    """Return the topics that may be offered: those whose title is not refused."""
    if not bot.lists:
        return tuple(topics)
    return tuple(shown_topic(topic, bot) for topic in topics if bot.passing(topic.title) is not Passing.REFUSE)


def shown_leads(leads: Leads, bot: Side) -> Leads:
    """Return the topics that may be offered after an answer: those whose button is not refused."""
    if not bot.lists:
        return leads
    return Leads(_shown_leads(leads.follow, bot), _shown_leads(leads.related, bot))


def refusals(topic: Topic, bot: Side) -> list[str]:
    """Return the texts of a topic that the bot does not say: its title, and those of responses."""
    texts = [topic.title, *(text for response in topic.responses for text in said(response))]
    return [text for text in dict.fromkeys(texts) if bot.passing(text) is Passing.REFUSE]


def _shown_leads(leads: Iterable[Lead], bot: Side) -> tuple[Lead, ...]:
    return tuple(
        Lead(shown_topic(lead.topic, bot), bot.masked(lead.title))
        for lead in leads
        if bot.passing(lead.title) is not Passing.REFUSE
    )


def _masked(response: Response, bot: Side) -> Response:
    if isinstance(response, RichResponse):
        text = None if response.text is None else bot.masked(response.text)
        buttons = tuple({**button, "title": bot.masked(button["title"])} for button in response.buttons)
        return replace(response, text=text, buttons=buttons)
    return bot.masked(response)
