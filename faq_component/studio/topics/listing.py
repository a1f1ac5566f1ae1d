"""The list of topics: what a query asks for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from faq_component.errors import ScopeError
from faq_component.knowledge import options
from faq_component.knowledge.responses import Response
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import N_
from faq_component.studio.workbench import Workbench
from faq_component.text import comparison_key

_FOUND = 20  # topics that a search by meaning finds
STATES = {
    "on": N_("answered now"),
    "off": N_("not answered now"),
    "not-yet": N_("not yet valid"),
    "over": N_("expired"),
    "for-some": N_("with answers for some channels or users only"),
    "one-post": N_("one phrasing only"),
    "never-asked": N_("not asked in 30 days"),
    "most-asked": N_("most asked in 30 days first"),
    "low-rated": N_("rated badly in 30 days"),
}


@dataclass(frozen=True)
class Row:
    """A topic of the list.

    Args:
        topic: itself.
        post: the phrasing that the search found, else the first.
        asked: how often it was answered in the last 30 days.
        is_on: whether it is answered now.
    """

    topic: Topic
    post: str
    asked: int
    is_on: bool


def rows_of(workbench: Workbench, faq: Faq, query: dict[str, str]) -> list[Row]:
    """Return the topics that a query asks for, in their order, the nearest or the most asked first.

    Args:
        workbench: knows how often topics were asked, and which were rated badly.
        faq: whose topics are listed.
        query: `q` with `by`, `tag`, and `state` (a key of `STATES`); empty for any.
    """
    asked, low_rated, inactive = workbench.asked(), workbench.low_rated(), faq.inactive(options.now())
    rows = [
        Row(topic, topic.posts[0] if topic.posts else "", asked.get(topic.id, 0), topic.id not in inactive)
        for topic in faq.topics
        if not query["tag"] or query["tag"] in topic.options.tags
    ]
    rows = [row for row in rows if _has_state(row, query["state"], low_rated)]
    if query["q"] and query["by"] == "meaning":
        return _near(workbench, {row.topic.id: row for row in rows}, query["q"])
    if query["q"]:
        rows = _with_words(workbench, faq, rows, query["q"])
    return sorted(rows, key=lambda row: -row.asked) if query["state"] == "most-asked" else rows


def _with_words(workbench: Workbench, faq: Faq, rows: list[Row], words: str) -> list[Row]:
    key, texts = comparison_key(words), workbench.texts(faq)
    found = ((row, next((text for text, text_key in texts[row.topic.id] if key in text_key), None)) for row in rows)
    return [replace(row, post=text) for row, text in found if text is not None]


def _has_state(row: Row, state: str, low_rated: Collection[str]) -> bool:
    valid, now = row.topic.options.valid, options.now()
    return {
        "on": row.is_on,
        "off": not row.is_on,
        "not-yet": bool(valid.start) and not valid.holds(now) and replace(valid, start="").holds(now),
        "over": bool(valid.until) and not replace(valid, start="").holds(now),
        "for-some": any(map(is_for_some, row.topic.responses)),
        "one-post": len(row.topic.posts) == 1,
        "never-asked": not row.asked,
        "most-asked": bool(row.asked),
        "low-rated": row.topic.id in low_rated,
    }.get(state, True)


def is_for_some(response: Response) -> bool:
    """Whether an answer is for one channel, or under conditions."""
    return not isinstance(response, str) and bool(response.channel or response.conditions)


def _near(workbench: Workbench, rows: dict[str, Row], text: str) -> list[Row]:
    try:
        hits = workbench.assistant.search(text, _FOUND)
    except ScopeError:
        return []
    return [replace(rows[hit.topic_id], post=hit.post) for hit in hits if hit.topic_id in rows]
