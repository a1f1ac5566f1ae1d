"""What a topic leads on to: other topics, named by their ids, that are offered after its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faq_component.knowledge.bounds import TITLE, is_encodable, length_fault
from faq_component.knowledge.topic_id import is_valid_topic_id
from faq_component.language import _
from faq_component.text import normalize

MOST = 10  # leads of a kind that a topic may have; they become buttons
_FORM = '{"topic": "refund_time", "title": "..."}'


@dataclass(frozen=True)
class Follow:
    """A button that leads on to a topic.

    Args:
        topic: id of the topic.
        title: of the button; where it is empty, the title of the topic.
    """

    topic: str
    title: str = ""

    def to_json(self) -> Any:
        """Convert to its form in an FAQ file: the id alone, or an object where there is a title."""
        return {"topic": self.topic, "title": self.title} if self.title else self.topic


def read_related(value: Any, key: str, fault: Callable[[str, str], None]) -> tuple[str, ...]:
    """Read the ids of related topics."""
    return tuple(follow.topic for follow in _read(value, key, fault, titled=False))


def read_follow(value: Any, key: str, fault: Callable[[str, str], None]) -> tuple[Follow, ...]:
    """Read buttons: ids of topics, or objects of an id and a title."""
    return tuple(_read(value, key, fault, titled=True))


def _read(value: Any, key: str, fault: Callable[[str, str], None], *, titled: bool) -> list[Follow]:
    if not isinstance(value, list):
        fault(key, _("is not a list; write a list of topic ids"))
        return []
    if len(value) > MOST:
        fault(
            key, _("names {count} topics, more than {most}; keep the most useful").format(count=len(value), most=MOST)
        )
        return []
    found: list[Follow] = []
    for number, item in enumerate(value):
        follow = _item(item, titled=titled)
        if isinstance(follow, str):
            fault(f"{key}[{number}]", follow)
            return []
        if follow.topic in {other.topic for other in found}:
            fault(f"{key}[{number}]", _("names '{id}' a second time; keep one").format(id=follow.topic))
            return []
        found.append(follow)
    return found


def _item(item: Any, *, titled: bool) -> Follow | str:
    """Read an item of the list; a text says what is wrong with it."""
    if isinstance(item, str):
        follow = Follow(item)
    elif titled and isinstance(item, Mapping) and set(item) == {"topic", "title"}:
        if not all(isinstance(text, str) for text in item.values()) or not normalize(item["title"]):
            return _("holds what is no text, or an empty one; write {form}").format(form=_FORM)
        follow = Follow(item["topic"], item["title"])
    elif titled:
        return _("is neither a topic id nor of the form {form}").format(form=_FORM)
    else:
        return _("is no text; write the id of a topic")
    if not is_encodable(follow.title):
        return _("holds half a surrogate pair; retype the character")
    if message := length_fault(follow.title, TITLE):
        return message
    if not is_valid_topic_id(follow.topic):
        return _("is '{id}', which is no topic id; `faq ids` shows them").format(id=follow.topic[:TITLE])
    return follow


def target_faults(
    targets: Mapping[str, Mapping[str, Sequence[str]]], titles: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Yield a topic's id, the key with the number, and what is wrong, for each lead to the topic itself or to none.

    Args:
        targets: of each topic by its id, the ids that it leads on to, by key.
        titles: of all topics, by id.
    """
    by_title: dict[str, str] = {}  # made for the first unknown name: most knowledge bases have none
    for topic_id, keys in targets.items():
        for key, names in keys.items():
            for number, name in enumerate(names):
                if name == topic_id:
                    yield topic_id, f"{key}[{number}]", _("names the topic itself; remove it")
                elif name not in titles:
                    by_title = by_title or {normalize(title): other for other, title in titles.items()}
                    yield topic_id, f"{key}[{number}]", _unknown(name, by_title.get(normalize(name)))


def _unknown(name: str, meant: str | None) -> str:
    if meant is not None:
        return _("is '{id}', the title of a topic; write its id '{meant}'").format(id=name, meant=meant)
    return _("is '{id}', which no topic has as its id; correct or remove it").format(id=name)
