"""What there is to say of a topic while it is typed: phrasings that the bot takes for another topic's, and lint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from faq_component.assistant.assistant import Assistant
from faq_component.knowledge.topics import Topic
from faq_component.language import _
from faq_component.lint.linting import of_texts
from faq_component.lint.places import Entry
from faq_component.text import comparison_key
from faq_component.types import CERTAIN, Outcome

_MOST = 20  # new phrasings that are tried


@dataclass(frozen=True)
class Remark:
    """A sentence on a text of a topic.

    Args:
        text: the phrasing or answer concerned.
        sentence: what there is to say.
        topic: another topic that it is about.
    """

    text: str
    sentence: str
    topic: Topic | None = None


def remarks(topic: Topic, before: Topic | None, assistant: Assistant) -> list[Remark]:
    """Return what there is to say of a topic as it is typed.

    Args:
        topic: as it is now.
        before: as it is stored.
        assistant: asked about the phrasings that are new.
    """
    return [*_taken(topic, before, assistant), *_twice(topic), *_lint(topic)]


def _taken(topic: Topic, before: Topic | None, assistant: Assistant) -> Iterator[Remark]:
    """Phrasings that the bot answers with another topic today."""
    known = set(before.posts) if before else set()
    for post in islice((post for post in topic.posts if post not in known), _MOST):
        result = assistant.decide(post)
        if result.decision.outcome is not Outcome.ANSWER:
            continue
        (hit,) = result.decision.hits
        other = assistant.faq_of(result.version).by_id.get(hit.topic_id)
        if other is None or other.id == topic.id:
            continue
        if result.decision.confidence >= CERTAIN:
            sentence = _("“{title}” has this phrasing already; keep it in one of the two topics.")
        else:
            sentence = _("The bot answers this with “{title}” today, for its phrasing “{post}”.")
        yield Remark(post, sentence.format(title=other.title, post=hit.post), other)


def _twice(topic: Topic) -> Iterator[Remark]:
    first: dict[str, str] = {}
    for post in topic.posts:
        same = first.setdefault(comparison_key(post), post)
        if same is not post:
            yield Remark(post, _("The topic has this phrasing twice: “{post}”.").format(post=same))


def _lint(topic: Topic) -> Iterator[Remark]:
    for finding in of_texts([Entry(topic)]):
        yield Remark(finding.text, f"{finding.sentence} {finding.edit}")
