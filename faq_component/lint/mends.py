"""Suggested mends that can be applied as they are: a text in another form, a phrasing in another topic, or away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from faq_component.exchange.escapes import with_likely_line_breaks
from faq_component.exchange.html_text import plain_text
from faq_component.knowledge.regroup import move_posts
from faq_component.knowledge.responses import Response, text_of
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _
from faq_component.lint.findings import Finding
from faq_component.text import comparison_key, normal_form


@dataclass(frozen=True)
class Mend:
    """An edit that mends a finding.

    Args:
        name: tells it from the other mends of the finding.
        label: of its button.
        topics: ids of the topics that it changes.
        edit: the edit.
    """

    name: str
    label: str
    topics: tuple[str, ...]
    edit: Callable[[Faq], Faq]


def mends_of(finding: Finding, faq: Faq) -> list[Mend]:
    """Return the mends of a finding that can be applied to a knowledge base as it is now; often none."""
    by_title = {topic.title: topic for topic in faq.topics}
    topic, other = by_title.get(finding.topic), by_title.get(dict(finding.facts).get("other", ""))
    if topic is None:
        return []
    of_posts = _of_posts(finding, topic, other) if other else ()
    return [*_of_text(finding, topic), *of_posts, *_of_answer(finding, topic)]


def _of_text(finding: Finding, topic: Topic) -> Iterator[Mend]:
    text = finding.text
    facts = dict(finding.facts)
    forms = {
        "html": lambda: plain_text(with_likely_line_breaks(text)).text,
        "escape": lambda: with_likely_line_breaks(text),
        "link-wide": lambda: text.replace(facts["link"], normal_form(facts["link"])),
    }
    if finding.kind not in forms or (mended := forms[finding.kind]()) == text or not mended.strip():
        return
    new = _with_text(topic, text, mended)
    if new != topic:
        yield Mend("write", _("Write it like this"), (topic.id,), _put(new))


def _of_posts(finding: Finding, topic: Topic, other: Topic) -> Iterator[Mend]:
    post, both = finding.text, (topic.id, other.id)
    if post not in topic.posts:
        return
    twin = dict(finding.facts).get("post") or next(
        (one for one in other.posts if comparison_key(one) == comparison_key(post)), ""
    )
    if finding.kind in ("same-post", "near-post"):
        if len(topic.posts) > 1:
            label = _("Take it out of “{title}”").format(title=topic.title)
            yield Mend("here", label, (topic.id,), _put(_without_post(topic, post)))
        if twin in other.posts and len(other.posts) > 1:
            label = _("Take it out of “{title}”").format(title=other.title)
            yield Mend("there", label, (other.id,), _put(_without_post(other, twin)))
    if finding.kind == "misplaced-post" and len(topic.posts) > 1:
        label = _("Move it to “{title}”").format(title=other.title)
        yield Mend("move", label, both, lambda faq: move_posts(faq, topic.id, other.id, [post]))
    if finding.kind == "exchanged-post" and twin in other.posts:
        label = _("Exchange the two")

        def exchange(faq: Faq) -> Faq:
            given = move_posts(faq, topic.id, other.id, [post])
            return move_posts(given, other.id, topic.id, [twin])

        yield Mend("exchange", label, both, exchange)


def _of_answer(finding: Finding, topic: Topic) -> Iterator[Mend]:
    if finding.rule not in ("placeholder", "contradiction", "forbidden") or len(topic.responses) < 2:
        return
    left = tuple(response for response in topic.responses if text_of(response) != finding.text)
    if left and len(left) < len(topic.responses):
        yield Mend("remove", _("Remove this answer"), (topic.id,), _put(replace(topic, responses=left)))


def _put(new: Topic) -> Callable[[Faq], Faq]:
    return lambda faq: Faq.of(new if topic.id == new.id else topic for topic in faq.topics)


def _without_post(topic: Topic, post: str) -> Topic:
    return replace(topic, posts=tuple(one for one in topic.posts if one != post))


def _with_text(topic: Topic, text: str, new: str) -> Topic:
    """Return a topic with a text in place of another: in its title, phrasings and the texts of its answers."""

    def response(one: Response) -> Response:
        if isinstance(one, str):
            return new if one == text else one
        return replace(one, text=new) if one.text == text else one

    return replace(
        topic,
        title=" ".join(new.split()) if topic.title == text else topic.title,
        posts=tuple(" ".join(new.split()) if post == text else post for post in topic.posts),
        responses=tuple(map(response, topic.responses)),
    )
