"""What lint finds in a whole knowledge base, for the check-up and for the look at a draft."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from faq_component.knowledge.topics import Faq
from faq_component.lint.apart import findings_apart
from faq_component.lint.configured import Linter
from faq_component.lint.findings import Finding
from faq_component.settings import Settings

# Phrasings from which the look takes so long that it would make the pages slow, and so much memory that it has a
# process of its own. Starting that takes seconds.
_LARGE = 5_000
_TURN = threading.Lock()  # one such process at a time


def findings_in(settings: Settings, place: str, faq: Faq) -> Sequence[Finding]:
    """Return what the rules find in a knowledge base.

    Args:
        settings: of the bot.
        place: of the knowledge base.
        faq: what is in it, as far as is known.

    Raises:
        FaqError: the knowledge base, the encoder, the words or the rewriting cannot be used.
    """
    if sum(len(topic.posts) for topic in faq.topics) >= _LARGE:
        with _TURN:
            return findings_apart(settings, place)
    return Linter(settings).whole(place)
