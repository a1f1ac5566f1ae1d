"""Drawing a response of a topic."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from faq_component.knowledge.responses import Response, suitable, text_of
from faq_component.knowledge.topics import Topic


def draw_response(
    topic: Topic,
    draw: random.Random,
    last: str | None = None,
    channel: str | None = None,
    slots: Mapping[str, Any] | None = None,
) -> Response | None:
    """A response that suits the channel and the slots, drawn uniformly from those whose text differs from `last`.

    Where all have that text, it is given again; where none suits (each is for another channel or under conditions that
    do not hold), there is None.

    Raises:
        ValueError: the topic has no responses (it was loaded for measuring).
    """
    if not topic.responses:
        raise ValueError(f"topic '{topic.id}' has no responses; load the FAQ with responses_required")
    found = suitable(topic.responses, channel, slots or {})
    others = [response for response in found if text_of(response) != last]
    return draw.choice(others or found) if found else None
