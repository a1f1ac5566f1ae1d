"""The list of topics: what a query asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from faq_component.errors import ScopeError
from faq_component.knowledge import options
from faq_component.knowledge.responses import Response
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import N_
from faq_component.studio.workbench import Workbench
from faq_component.text import comparison_key

_FOUND = 20  # topics that a search by meaning finds
_LOW = 0.5  # share of useful ratings
STATES = {
    "on": N_("answered now"),
    "off": N_("not answered now"),
    "not-yet": N_("not yet valid"),
    "over": N_("expired"),
    "for-some": N_("with answers for some channels or users only"),
    "one-post": N_("one phrasing only"),
    "never-asked": N_("not asked in 30 days"),
    "low-rated": N_("answer often called not useful"),
}
ORDERS = {"": N_("as in the FAQ"), "asked": N_("most asked first"), "rated": N_("worst rated first")}


@dataclass(frozen=True)
class Row:
    """A topic of the list.

    Args:
        topic: itself.
        post: the phrasing that the search found, else the first.
        asked: how often it was answered in the last 30 days.
        is_on: whether it is answered now.
        useful: the share of its answer's ratings of late that call it useful; None without ratings.
    """

    topic: Topic
    post: str
    asked: int
    is_on: bool
    useful: float | None = None


def rows_of(workbench: Workbench, faq: Faq, query: dict[str, str]) -> list[Row]:
    """Return the topics that a query asks for, in the order that it names, or the nearest first.

    Args:
        workbench: knows how often topics were asked and how their answers were rated.
        faq: whose topics are listed.
        query: `q` with `by`, `tag`, `state` (a key of `STATES`) and `order` (a key of `ORDERS`); empty for any.
    """
    asked, rated, inactive = workbench.asked(), workbench.rated(), faq.inactive(options.now())
    rows = [
        Row(
            topic, topic.posts[0] if topic.posts else "", asked[topic.id], topic.id not in inactive, rated.get(topic.id)
        )
        for topic in faq.topics
        if not query["tag"] or query["tag"] in topic.options.tags
    ]
    rows = [row for row in rows if _has_state(row, query["state"])]
    if query["q"] and query["by"] == "meaning":
        return _near(workbench, {row.topic.id: row for row in rows}, query["q"])
    if query["q"]:
        rows = _with_words(workbench, faq, rows, query["q"])
    if query["order"] == "asked":
        return sorted(rows, key=lambda row: -row.asked)
    if query["order"] == "rated":
        return sorted(rows, key=lambda row: 2.0 if row.useful is None else row.useful)
    return rows


def _with_words(workbench: Workbench, faq: Faq, rows: list[Row], words: str) -> list[Row]:
    key, texts = comparison_key(words), workbench.texts(faq)
    found = ((row, next((text for text, text_key in texts[row.topic.id] if key in text_key), None)) for row in rows)
    return [replace(row, post=text) for row, text in found if text is not None]


def _has_state(row: Row, state: str) -> bool:
    valid, now = row.topic.options.valid, options.now()
    return {
        "on": row.is_on,
        "off": not row.is_on,
        "not-yet": bool(valid.start) and not valid.holds(now) and replace(valid, start="").holds(now),
        "over": bool(valid.until) and not replace(valid, start="").holds(now),
        "for-some": any(map(is_for_some, row.topic.responses)),
        "one-post": len(row.topic.posts) == 1,
        "never-asked": not row.asked,
        "low-rated": row.useful is not None and row.useful < _LOW,
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
