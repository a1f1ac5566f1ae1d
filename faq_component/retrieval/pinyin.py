"""Pinyin tokens, so that a wrong character with the same or a similar sound still matches."""

from __future__ import annotations

import re
from itertools import pairwise

from faq_component.retrieval.tokens import Tokenizer

_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]{2,}")


def pinyin_bigrams(text: str) -> list[str]:
    """Return the toneless pinyin of each pair of adjacent Chinese characters, folded by `fold_sounds`.

    Single syllables are left out: there are only 400, and half of all posts share one by chance.

    >>> pinyin_bigrams("退或流程")
    ['tui-huo', 'huo-liu', 'liu-cen']
    """
    from pypinyin import lazy_pinyin

    tokens = []
    for run in _CHINESE.findall(text):
        syllables = map(fold_sounds, lazy_pinyin(run))
        tokens += [f"{first}-{second}" for first, second in pairwise(syllables)]
    return tokens


def fold_sounds(syllable: str) -> str:
    """Merge sounds that many speakers do not distinguish: zh and z, ch and c, sh and s, n and l, -ng and -n.

    >>> [fold_sounds(syllable) for syllable in ("zhang", "ni", "shi")]
    ['zan', 'li', 'si']
    """
    if syllable[:2] in ("zh", "ch", "sh"):
        syllable = syllable[0] + syllable[2:]
    if syllable.startswith("n"):
        syllable = "l" + syllable[1:]
    return syllable.removesuffix("g") if syllable.endswith("ng") else syllable


def with_pinyin(tokenize: Tokenizer) -> Tokenizer:
    """Extend a tokenizer by the pinyin bigrams of the text."""
    return lambda text: tokenize(text) + pinyin_bigrams(text)
