"""ASCII ids for topics with Chinese titles.

A topic has a title, which people see, and an id (docs/project/decisions/0007-titles-and-ids.md):

1. An explicit ``"id"`` in the FAQ file takes precedence; with it the title can be edited freely.
2. Without one, a title that is a valid id (``good_night``) is the id.
3. Otherwise the id is the title's pinyin and six hexadecimal digits of its SHA-256: 晚安 becomes ``wan_an_`` and six
   digits. It depends on this title alone, not on other topics or their order, and distinguishes homophones.

``faq ids PATH --write`` writes the derived ids into the file (case 1), so that they survive an edit of the title.
"""

from __future__ import annotations

import hashlib
import re

from faq_component.text import normalize

_VALID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SLUG_LENGTH = 48


def is_valid_topic_id(text: str) -> bool:
    """Whether a text can be an id: 1 to 64 of ``a-z 0-9 _ -``, first a letter or digit, no ``utter_`` inside."""
    return _VALID.fullmatch(text) is not None and "utter_" not in text


def derive_topic_id(title: str) -> str:
    """Derive the id of a topic without an explicit one (cases 2 and 3 above)."""
    if is_valid_topic_id(title):
        return title
    from pypinyin import lazy_pinyin  # 47 MB, not needed where all ids are explicit

    syllables = lazy_pinyin(title)
    slug = re.sub(r"[^a-z0-9]+", "_", "_".join(syllables).lower()).strip("_")[:_SLUG_LENGTH].strip("_")
    digest = hashlib.sha256(normalize(title).encode()).hexdigest()[:6]
    return f"{slug or 'topic'}_{digest}".replace("utter_", "utter-")
