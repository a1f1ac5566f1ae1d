"""What differs between two versions of topics, as the page shows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from faq_component.knowledge.store.diff import FaqDiff, TopicDiff, diff_contents
from faq_component.knowledge.store.file_form import topic_to_json
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import N_
from faq_component.studio.drafts.changes import Change
from faq_component.studio.publishing.marks import Mark, Reworded, marks, reworded

KEYS = {
    "tags": N_("Tags"),
    "enabled": N_("Switched on"),
    "valid": N_("Answered from and until"),
    "related": N_("Related topics"),
    "follow": N_("Buttons after the answer"),
    "not": N_("Phrasings that must not find it"),
    "recommend": N_("Offered at the beginning of a conversation"),
    "handoff": N_("After the answer, a person takes over"),
}


@dataclass(frozen=True)
class Difference:
    """What becomes of a topic.

    Args:
        id: of the topic.
        title: as it is to be, or was.
        kind: ``added``, ``removed`` or ``changed``.
        titles: the pieces of its title, where that changes.
        posts: phrasings that differ.
        responses: answers that differ; those with buttons or pictures as JSON.
        options: other keys that differ, each with its name and its values before and after; empty where it has none.
    """

    id: str
    title: str
    kind: str
    titles: tuple[Mark, ...]
    posts: tuple[Reworded, ...]
    responses: tuple[Reworded, ...]
    options: tuple[tuple[str, str, str], ...]


def difference(topic_id: str, before: Topic | None, after: Topic | None) -> Difference:
    """Compare two versions of a topic; None where there is none."""
    old, new = ({topic.id: _content(topic)} if topic else {} for topic in (before, after))
    found = diff_contents(old, new).topics
    return of_diff(found[0]) if found else Difference(topic_id, after.title if after else "", "changed", (), (), (), ())


def of_changes(changes: Iterable[Change]) -> list[Difference]:
    """Return what changes of a draft do."""
    return [difference(change.id, change.before, change.after) for change in changes]


def of_faqs(before: Faq, after: Faq) -> list[Difference]:
    """Compare two knowledge bases."""
    diff: FaqDiff = diff_contents(*({topic.id: _content(topic) for topic in faq.topics} for faq in (before, after)))
    return [of_diff(one) for one in diff.topics]


def of_diff(diff: TopicDiff) -> Difference:
    """Return the difference of a topic for the page."""
    kind = "added" if diff.old_title is None else "removed" if diff.title is None else "changed"
    titles: Sequence[Mark] = ()
    if kind == "changed" and diff.old_title != diff.title:
        titles = tuple(marks(diff.old_title or "", diff.title or ""))
    options = tuple((KEYS[key], _shown(old), _shown(new)) for key, old, new in diff.options)
    posts, responses = (tuple(reworded(texts.removed, texts.added)) for texts in (diff.posts, diff.responses))
    return Difference(diff.id, diff.title or diff.old_title or "", kind, tuple(titles), posts, responses, options)


def _content(topic: Topic) -> dict[str, Any]:
    return {"title": topic.title, **topic_to_json(topic)}


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
