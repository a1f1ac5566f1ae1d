"""A knowledge base as a table: a post and a response per row, with title and id in each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import zip_longest

from faq_component.errors import FaqDataError
from faq_component.exchange.cells import write_answer, write_exact, write_line
from faq_component.exchange.columns import Kind
from faq_component.exchange.lead_cells import write_follow
from faq_component.exchange.separators import holds_sign
from faq_component.knowledge.responses import response_to_json
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _

_ALWAYS = (Kind.TITLE, Kind.ID, Kind.QUESTION, Kind.ANSWER)
_OPTIONAL: dict[Kind, Callable[[Topic], str]] = {
    Kind.TAGS: lambda topic: "\n".join(map(_tag, topic.options.tags)),
    Kind.ENABLED: lambda topic: "" if topic.options.enabled else _("no"),
    Kind.FROM: lambda topic: topic.options.valid.start,
    Kind.UNTIL: lambda topic: topic.options.valid.until,
    Kind.RELATED: lambda topic: "\n".join(topic.options.related),
    Kind.FOLLOW: lambda topic: "\n".join(map(write_follow, topic.options.follow)),
    Kind.NOT: lambda topic: "\n".join(map(write_line, topic.options.negatives)),
    Kind.RECOMMEND: lambda topic: _("yes") if topic.options.recommend else "",
    Kind.HANDOFF: lambda topic: _("yes") if topic.options.handoff else "",
}


def headings(faq: Faq | None = None) -> tuple[str, ...]:
    """The headings that are written, in the language spoken; they are read in either.

    Those of optional keys are written where a topic of `faq` has the key.
    """
    return tuple(kind.heading for kind in (*_ALWAYS, *_used(faq)))


def rows_of(faq: Faq, *, longest: int, name: str) -> Iterator[tuple[str, ...]]:
    """The topics as rows under `headings`: one post and one response per row, title and id in each.

    Raises:
        FaqDataError: a cell would be longer than the format's `longest`.
    """
    faults = []
    used = _used(faq)
    for topic in faq.topics:
        optional = [_OPTIONAL[kind](topic) for kind in used]
        for row in _rows_of(topic):
            cells = (*row, *optional)
            if any(len(cell) > longest for cell in cells):
                length = max(map(len, cells))
                faults.append(
                    _(
                        "topic '{title}': a text takes {length} characters, {name} holds {longest} in a cell; "
                        "shorten it, or export to .json"
                    ).format(title=topic.title[:50], length=length, name=name, longest=longest)
                )
            yield cells
    if faults:
        raise FaqDataError(faults)


def _used(faq: Faq | None) -> list[Kind]:
    topics = faq.topics if faq else ()
    return [kind for kind, cell in _OPTIONAL.items() if any(map(cell, topics))]


def _rows_of(topic: Topic) -> Iterator[tuple[str, ...]]:
    posts = [_post(post, repeated=post in topic.posts[:at]) for at, post in enumerate(topic.posts)]
    responses = [
        write_exact(r) if isinstance(r, str) and r in topic.responses[:at] else write_answer(response_to_json(r))
        for at, r in enumerate(topic.responses)
    ]
    title = write_line(topic.title)
    for post, response in zip_longest(posts, responses, fillvalue=""):
        yield title, topic.id, post, response


def _post(post: str, *, repeated: bool) -> str:
    return write_exact(post) if repeated or holds_sign(post) else write_line(post)


def _tag(tag: str) -> str:
    return write_exact(tag) if re.search("##|[|｜;；,，、]", tag) else write_line(tag)
