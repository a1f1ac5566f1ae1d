"""The draft as changes of topics: what it makes of the published FAQ, and where the two contradict."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from faq_component.knowledge.topics import Faq, Topic, topic_from_list, topic_to_list


@dataclass(frozen=True)
class Change:
    """What a draft makes of one topic.

    Args:
        id: of the topic.
        before: the topic as it was published when it was first changed; None for a new one.
        after: the topic as it is to be; None where it is to be removed.
        follows: id of the topic before it; empty for the first. A new topic gets its place by it.
        who: the author of the last edit.
        time: of that edit, UTC, ISO 8601.
    """

    id: str
    before: Topic | None
    after: Topic | None
    follows: str
    who: str
    time: str

    @property
    def title(self) -> str:
        """The title that it is to have, or had."""
        topic = self.after or self.before
        return topic.title if topic else self.id

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values."""
        topics = {
            key: topic and topic_to_list(topic) for key, topic in (("before", self.before), ("after", self.after))
        }
        return {"id": self.id, **topics, "follows": self.follows, "who": self.who, "time": self.time}

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Change:
        """Read what `to_json` wrote."""
        before, after = (topic_from_list(value) if value else None for value in (content["before"], content["after"]))
        return cls(content["id"], before, after, content["follows"], content["who"], content["time"])


Changes = Mapping[str, Change]
"""Changes by the ids of their topics, in the order of the draft."""


def by_id(changes: Iterable[Change]) -> dict[str, Change]:
    """Return changes by the ids of their topics."""
    return {change.id: change for change in changes}


def applied(live: Faq, changes: Changes) -> Faq:
    """Return what the changes make of an FAQ; whether that is free of faults is not checked."""
    if not changes:
        return live
    drafted = (changes[topic.id].after if topic.id in changes else topic for topic in live.topics)
    topics = [topic for topic in drafted if topic is not None]
    ids = [topic.id for topic in topics]
    for change in changes.values():
        if change.after is not None and change.id not in live.by_id:
            at = _place_after(change.follows, ids)
            topics.insert(at, change.after)
            ids.insert(at, change.id)
    return Faq.of(topics)


def drafted(live: Faq, changes: Changes, now: Faq, edited: Faq, *, who: str, time: str) -> dict[str, Change]:
    """Return the changes with which a draft becomes an edited FAQ; the topics of both stay in the order of `live`.

    What is as it was published, or as it was before its first change, is no change any more.

    Args:
        live: the published FAQ.
        changes: of the draft before the edit.
        now: that draft.
        edited: the draft after the edit.
        who: the author of the edit.
        time: of the edit.
    """
    follows = _predecessors(edited.topics)
    found: dict[str, Change] = {}
    for topic_id in dict.fromkeys([*follows, *changes, *now.by_id]):
        known, after = changes.get(topic_id), edited.by_id.get(topic_id)
        if after == now.by_id.get(topic_id):
            if known is not None:
                found[topic_id] = known
            continue
        published = live.by_id.get(topic_id)
        before = known.before if known else published
        if after not in (published, before):
            found[topic_id] = Change(topic_id, before, after, follows.get(topic_id, ""), who, time)
    return found


def outstanding(live: Faq, changes: Changes) -> dict[str, Change]:
    """Return the changes without those that the published FAQ has already."""
    return {topic_id: change for topic_id, change in changes.items() if change.after != live.by_id.get(topic_id)}


def conflicts(live: Faq, changes: Changes) -> list[Change]:
    """Return the changes of topics that somebody else has published otherwise since."""
    return [change for change in outstanding(live, changes).values() if change.before != live.by_id.get(change.id)]


def after_publishing(changes: Changes, published: Changes) -> dict[str, Change]:
    """Return what is left of a draft once some of its changes, maybe of an earlier state, are published."""
    left = {}
    for topic_id, change in changes.items():
        done = published.get(topic_id)
        if done is None:
            left[topic_id] = change
        elif done.after != change.after:
            left[topic_id] = replace(change, before=done.after)
    return left


def digest_of(changes: Changes) -> str:
    """Return a digest by which a later state of a draft is told from this one."""
    content = json.dumps([change.to_json() for change in changes.values()], ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _predecessors(topics: Sequence[Topic]) -> dict[str, str]:
    ids = [topic.id for topic in topics]
    return dict(zip(ids, ["", *ids], strict=False))


def _place_after(topic_id: str, ids: Sequence[str]) -> int:
    """Return the place after a topic; the end where there is no such topic."""
    if not topic_id:
        return 0
    return ids.index(topic_id) + 1 if topic_id in ids else len(ids)
