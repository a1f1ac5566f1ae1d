"""Keeping the pairs of words of an FAQ: mined once for each state of it; otherwise jieba need not be loaded."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from faq_component.decision.contrast import ContrastCheck, WordPairs, mine_pairs
from faq_component.knowledge.checking import Faq
from faq_component.support.files import write_among_newest

logger = logging.getLogger(__name__)

_FORMAT = 2  # to be raised where `mine_pairs` finds other pairs than before
_KEPT = 32


def load_or_mine(
    folder: Path,
    made_from: Sequence[object],
    faq: Faq,
    split: Callable[[str], list[str]],
    rewrite: Callable[[str], str] = str,
) -> ContrastCheck:
    """The contrast check over an FAQ, with the pairs of words that a folder holds, or that are mined and kept there.

    A file that cannot be read is replaced; a folder that cannot be written costs only the time to mine.

    Args:
        folder: where pairs are kept.
        made_from: the FAQ's fingerprint, and all that `rewrite` hangs on.
        faq: the knowledge base.
        split: makes words of a text.
        rewrite: see `ContrastCheck`.
    """
    key = hashlib.sha256(json.dumps([_FORMAT, *made_from]).encode()).hexdigest()[:32]
    file = folder / f"{key}.json"
    if file.is_file():
        try:
            same, contrasts = map(_pairs, json.loads(file.read_bytes()))
            return ContrastCheck.with_pairs(faq, same, contrasts, rewrite)
        except (OSError, ValueError, TypeError) as error:
            logger.warning("%s cannot be used (%s); the pairs of words are mined anew.", file, error)
    same, contrasts = mine_pairs(faq, lambda text: split(rewrite(text)))
    try:
        content = json.dumps([sorted(same), sorted(contrasts)], ensure_ascii=False)
        write_among_newest(file, content.encode("utf-8", "surrogatepass"), _KEPT)
    except OSError as error:
        logger.warning("The pairs of words cannot be kept in %s (%s); they are mined at each start.", folder, error)
    return ContrastCheck.with_pairs(faq, same, contrasts, rewrite)


def _pairs(value: list[list[str]]) -> WordPairs:
    return frozenset((str(word), str(other)) for word, other in value)
