"""Drawing a response of a topic."""

from __future__ import annotations

import random

from faq_component.faq import Topic


def draw_response(topic: Topic, draw: random.Random, last: str | None = None) -> str:
    """A response of the topic, drawn uniformly from those that differ from `last`, if there are such.

    Raises:
        ValueError: the topic has no responses (it was loaded for measuring).
    """
    if not topic.responses:
        raise ValueError(f"topic '{topic.id}' has no responses; load the FAQ with responses_required")
    others = [response for response in topic.responses if response != last]
    return draw.choice(others or topic.responses)
