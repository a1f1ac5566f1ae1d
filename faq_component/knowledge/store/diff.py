"""Differences between two versions of a knowledge base."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from faq_component.knowledge.options import KEYS as OPTIONAL
from faq_component.language import _

Contents = Mapping[str, Mapping[str, Any]]
"""Topics by id, in their order, in the form of an FAQ file with ``title``."""


@dataclass(frozen=True)
class Texts:
    """Posts or responses that were removed and added; one that only moved is in neither."""

    removed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of changed texts; a replacement counts once."""
        return max(len(self.removed), len(self.added))


@dataclass(frozen=True)
class TopicDiff:
    """A topic that was added (no `old_title`), removed (no `title`) or changed; a rich response is shown as JSON."""

    id: str
    old_title: str | None
    title: str | None
    posts: Texts
    responses: Texts
    options: tuple[tuple[str, Any, Any], ...] = ()  # each with its value before and after; None where it was absent

    def lines(self) -> Iterator[str]:
        """Describe the difference for people, line by line."""
        sign = "+" if self.old_title is None else "-" if self.title is None else "~"
        yield f"{sign} {self.title or self.old_title} ({self.id})"
        renamed = self.old_title and self.title and self.old_title != self.title
        if renamed:
            yield "    " + _("title: {before} -> {after}").format(before=self.old_title, after=self.title)
        for message, texts in ((_("post: {text}"), self.posts), (_("response: {text}"), self.responses)):
            yield from ("    - " + message.format(text=text) for text in texts.removed)
            yield from ("    + " + message.format(text=text) for text in texts.added)
        for key, old, new in self.options if self.old_title and self.title else ():
            yield "    " + f"{key}: {_shown(old)} -> {_shown(new)}"
        if not (renamed or self.posts.count or self.responses.count or self.options):
            yield "    " + _("its posts or responses are in another order")


@dataclass(frozen=True)
class FaqDiff:
    """The topics that differ: changed and added ones in their order, then removed ones.

    `reordered` says whether the topics that both versions have are in another order.
    """

    topics: tuple[TopicDiff, ...]
    reordered: bool

    @property
    def posts(self) -> int:
        """Number of changed posts."""
        return sum(item.posts.count for item in self.topics)

    @property
    def responses(self) -> int:
        """Number of changed responses."""
        return sum(item.responses.count for item in self.topics)

    def lines(self) -> Iterator[str]:
        """Describe the differences for people, line by line."""
        for item in self.topics:
            yield from item.lines()
        if self.reordered:
            yield _("the topics are in another order")
        elif not self.topics:
            yield _("no difference")


def diff_contents(before: Contents, after: Contents) -> FaqDiff:
    """Compare two versions."""
    ids = [*after, *(topic_id for topic_id in before if topic_id not in after)]
    pairs = ((topic_id, before.get(topic_id), after.get(topic_id)) for topic_id in ids)
    topics = tuple(_compare(topic_id, old, new) for topic_id, old, new in pairs if old != new)
    in_both = ([item for item in before if item in after], [item for item in after if item in before])
    return FaqDiff(topics, reordered=in_both[0] != in_both[1])


def _compare(topic_id: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> TopicDiff:
    old, new = before or {}, after or {}
    posts, responses = (_texts(old.get(key, ()), new.get(key, ())) for key in ("post", "resp"))
    options = tuple((key, old.get(key), new.get(key)) for key in OPTIONAL if old.get(key) != new.get(key))
    return TopicDiff(topic_id, old.get("title"), new.get("title"), posts, responses, options)


def _texts(before: list[Any], after: list[Any]) -> Texts:
    old, new = (Counter(map(_shown, items)) for items in (before, after))
    return Texts(tuple((old - new).elements()), tuple((new - old).elements()))


def _shown(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
