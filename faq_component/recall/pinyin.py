"""Tokens of sound: what is typed with a wrong character of the same pinyin still matches."""

from __future__ import annotations

import re
from itertools import pairwise

from faq_component.recall.tokens import Tokenizer
from faq_component.text import normalize

_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]{2,}")


def pinyin_bigrams(text: str) -> list[str]:
    """The toneless pinyin of each pair of neighbouring Chinese characters.

    Syllables alone are left out: there are 400 of them, and half of all posts share one by chance.

    >>> pinyin_bigrams("退或流程")
    ['tui-huo', 'huo-liu', 'liu-cheng']
    """
    from pypinyin import lazy_pinyin

    tokens = []
    for run in _CHINESE.findall(normalize(text)):
        syllables = lazy_pinyin(run)
        tokens += [f"{first}-{second}" for first, second in pairwise(syllables)]
    return tokens


def with_pinyin(tokenize: Tokenizer) -> Tokenizer:
    """The tokens of a text, and its pinyin bigrams."""
    return lambda text: tokenize(text) + pinyin_bigrams(text)
