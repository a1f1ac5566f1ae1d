"""The languages in which an FAQ is written."""

from __future__ import annotations

from faq_component.decision.contrast_english import is_english
from faq_component.dialogue.spoken import CHINESE, ENGLISH
from faq_component.knowledge.topics import Faq
from faq_component.text import normalize

_SPOKEN = 0.1  # least share of an FAQ's posts in a language that it is written in


def languages_of(faq: Faq) -> tuple[str, ...]:
    """Return the languages of an FAQ's posts; both for one without posts."""
    posts = [normalize(post) for topic in faq.topics for post in topic.posts]
    if not posts:
        return CHINESE, ENGLISH
    english = sum(map(is_english, posts)) / len(posts)
    return tuple(name for name, share in ((CHINESE, 1 - english), (ENGLISH, english)) if share >= _SPOKEN)
