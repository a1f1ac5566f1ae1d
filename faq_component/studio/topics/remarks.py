"""What there is to say of a topic while it is typed: phrasings that the bot takes for another topic's, and lint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from faq_component.assistant.assistant import Assistant
from faq_component.knowledge.responses import text_of
from faq_component.knowledge.topics import Topic
from faq_component.language import _
from faq_component.lint.configured import Linter
from faq_component.lint.contradictions import conflicting
from faq_component.lint.places import Entry
from faq_component.lint.quantities import quantities
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


class Remarks:
    """Looks at topics while they are typed.

    Args:
        assistant: asked about the phrasings that are new.
        linter: of the same settings.
    """

    def __init__(self, assistant: Assistant, linter: Linter) -> None:
        self._assistant = assistant
        self._linter = linter

    def of(self, topic: Topic, before: Topic | None) -> list[Remark]:
        """Return what there is to say of a topic.

        Args:
            topic: as it is now.
            before: as it is stored.
        """
        taken = list(_taken(topic, before, self._assistant))
        others = {remark.topic.id: remark.topic for remark in taken if remark.topic}
        contradicted = (remark for other in others.values() for remark in _contradicted(topic, other))
        return [*taken, *_twice(topic), *contradicted, *self._lint(topic)]

    def _lint(self, topic: Topic) -> Iterator[Remark]:
        for finding in self._linter.texts([Entry(topic)]):
            yield Remark(finding.text, f"{finding.remark} {finding.edit}")


def _contradicted(topic: Topic, other: Topic) -> Iterator[Remark]:
    """Answers that state something else than those of a topic with nearly the same question."""
    sentence = _("“{title}”, which is asked nearly the same, says {there} where this says {here}.")
    for mine in map(text_of, topic.responses):
        for theirs in map(text_of, other.responses):
            for here, there in conflicting(quantities(mine), quantities(theirs)):
                yield Remark(mine, sentence.format(title=other.title, here=here.text, there=there.text), other)


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
