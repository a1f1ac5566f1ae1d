"""The knowledge base as values: topics with posts (ways to ask) and responses (answers of the bot)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from faq_component.errors import FaqDataError
from faq_component.knowledge.options import NONE, Options, options_from_json
from faq_component.knowledge.responses import Response, response_from_json, response_to_json
from faq_component.language import _
from faq_component.text import normalize


@dataclass(frozen=True)
class Topic:
    """Posts with one meaning, and the responses to them.

    `id` is ASCII and stable, `title` is for people; `responses` is empty in a corpus for evaluation; `options` are the
    optional keys.
    """

    id: str
    title: str
    posts: tuple[str, ...]
    responses: tuple[Response, ...]
    options: Options = NONE


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
            list(map(topic_to_list, topics)),
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

    def named(self, name: str) -> Topic | None:
        """Return the topic that has a name as its id, else the first that has it as its title; None where none has."""
        return self.by_id.get(name) or next((topic for topic in self.topics if topic.title == name), None)

    @cached_property
    def by_tag(self) -> dict[str, frozenset[str]]:
        """Ids of the topics by their tags, normalised."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for topic in self.topics:
            for tag in topic.options.tags:
                found[normalize(tag)].add(topic.id)
        return {tag: frozenset(ids) for tag, ids in found.items()}

    @cached_property
    def scopes(self) -> dict[tuple[tuple[str, ...], ...], frozenset[str]]:
        """Ids of the topics in the scopes that have been asked for (`knowledge.scope.topics_in`)."""
        return {}

    @cached_property
    def _limited(self) -> tuple[Topic, ...]:
        return tuple(topic for topic in self.topics if topic.options.limited)

    def inactive(self, at: datetime) -> frozenset[str]:
        """Ids of the topics that are not answered at a moment: switched off, over, or not yet valid."""
        return frozenset(topic.id for topic in self._limited if not topic.options.active(at))

    def without(self, ids: Collection[str]) -> Faq:
        """Return the FAQ without some topics; this one where there is none of them."""
        return Faq.of(topic for topic in self.topics if topic.id not in ids) if ids else self


def topic_to_list(topic: Topic) -> list[Any]:
    """Convert a topic to JSON values; what it does not use is not in them."""
    content = [topic.id, topic.title, topic.posts, [response_to_json(response) for response in topic.responses]]
    return content if topic.options == NONE else [*content, topic.options.to_json()]


def topic_from_list(content: Sequence[Any]) -> Topic:
    """Read what `topic_to_list` wrote, and JSON brought back."""
    topic_id, title, posts, responses, *options = content
    read = options_from_json(options[0]) if options else NONE
    return Topic(topic_id, title, tuple(posts), tuple(map(response_from_json, responses)), read)
