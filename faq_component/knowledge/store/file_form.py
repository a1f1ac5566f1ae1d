"""Topics in the form of an FAQ file."""

from __future__ import annotations

import json
from typing import Any

from faq_component.knowledge.responses import response_to_json
from faq_component.knowledge.topics import Topic


def topic_to_json(topic: Topic) -> dict[str, Any]:
    """Convert a topic to its form in an FAQ file, with its id, so that its title can be edited."""
    responses = [response_to_json(response) for response in topic.responses]
    return {"id": topic.id, "post": list(topic.posts), "resp": responses, **topic.options.to_json()}


def dump_topics(topics: dict[str, Any]) -> bytes:
    """Serialise an FAQ file; half a surrogate pair gives invalid UTF-8, which the check reports."""
    return (json.dumps(topics, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "surrogatepass")
