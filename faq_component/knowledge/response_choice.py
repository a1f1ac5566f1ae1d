"""Random choice of a topic's response."""

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
    """Draw uniformly a response that suits channel and slots, and whose text differs from `last`.

    Where all suitable ones have that text, it is repeated; None where none is suitable (each is for another channel or
    has conditions that do not hold).

    Raises:
        ValueError: the topic has no responses (it was loaded for evaluation).
    """
    if not topic.responses:
        raise ValueError(f"topic '{topic.id}' has no responses; load the FAQ with responses_required")
    found = suitable(topic.responses, channel, slots or {})
    others = [response for response in found if text_of(response) != last]
    return draw.choice(others or found) if found else None
