"""The knowledge base as values: topics with posts (ways to ask) and responses (answers of the bot)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from faq_component.errors import FaqDataError
from faq_component.knowledge.responses import Response, response_to_json
from faq_component.language import _


@dataclass(frozen=True)
class Topic:
    """Posts with one meaning, and the responses to them.

    `id` is ASCII and stable, `title` is for people; `responses` is empty in a corpus for evaluation.
    """

    id: str
    title: str
    posts: tuple[str, ...]
    responses: tuple[Response, ...]


@dataclass(frozen=True)
class Faq:
    """A checked knowledge base; `fingerprint` is the SHA-256 of its whole content."""

    topics: tuple[Topic, ...]
    fingerprint: str

    @classmethod
    def of(cls, topics: Iterable[Topic]) -> Faq:
        """Build from topics whose ids differ; raises `FaqDataError` where two are equal."""
        topics = tuple(topics)
        repeated = [topic_id for topic_id, count in Counter(topic.id for topic in topics).items() if count > 1]
        if repeated:
            raise FaqDataError(
                [_("topic id '{id}' is used more than once").format(id=topic_id) for topic_id in repeated]
            )
        content = json.dumps(
            [[t.id, t.title, t.posts, [response_to_json(response) for response in t.responses]] for t in topics],
            ensure_ascii=False,
        )
        # The check of a store reports half a surrogate pair as a fault.
        return cls(topics, hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest())

    @property
    def version(self) -> str:
        """First 16 digits of the fingerprint, by which processes refer to this version."""
        return self.fingerprint[:16]

    @cached_property
    def by_id(self) -> dict[str, Topic]:
        """Topics by their ids."""
        return {topic.id: topic for topic in self.topics}
