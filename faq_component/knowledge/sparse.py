"""FAQs with too few posts for the bot to be sure."""

from __future__ import annotations

from faq_component.knowledge.topics import Faq
from faq_component.language import listed, ngettext

_MANY = 0.25  # share of the topics
_NAMED = 3


def sparse_hint(faq: Faq) -> str | None:
    """Return what to add where a quarter of the topics and more have one post; None for an FAQ with enough posts.

    With one post a topic the bot answers a third of the questions that it knows and asks back about most others, with
    two it answers half of them (docs/results/any-faq.md).
    """
    single = [topic for topic in faq.topics if len(topic.posts) == 1]
    if not single or len(single) < _MANY * len(faq.topics):
        return None
    shown = listed(topic.title for topic in single[:_NAMED])
    return ngettext(
        "{count} topic has only one post, so the bot will often ask back; add another to {titles}",
        "{count} topics have only one post, so the bot will often ask back; add another to each, such as {titles}",
        len(single),
    ).format(count=len(single), titles=shown)
