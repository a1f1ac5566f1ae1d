"""New texts from old ones: words swapped for others of the same part of speech.

They are for embedding distillation: the teacher gives a vector for any text, so a text need not make sense. The
student thereby meets the words of domains for which there are no questions.
"""

from __future__ import annotations

import itertools
import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faq_component.retrieval.tokens import use_private_jieba_cache

# jieba's tags of content words: nouns, verbs, verbal nouns, adjectives, other proper nouns.
_TAGS = frozenset({"n", "v", "vn", "a", "nz"})
_SHORTEST = 2
_LARGEST_SHARE = 0.5  # of the swappable words of a text
_POWER = 0.75  # of the frequency


class _Words:
    """The dictionary's words by tag and length, drawn by a power of their frequency below 1."""

    def __init__(self, jieba: Any) -> None:
        self._tags: dict[str, str] = {}
        words, weights = defaultdict(list), defaultdict(list)
        with jieba.get_dict_file() as file:
            for line in file:
                word, frequency, tag = line.decode("utf-8").split()
                if tag in _TAGS and len(word) >= _SHORTEST:
                    self._tags[word] = tag
                    words[tag, len(word)].append(word)
                    weights[tag, len(word)].append(float(frequency) ** _POWER)
        self._words = dict(words)
        self._bounds = {kind: list(itertools.accumulate(values)) for kind, values in weights.items()}

    def __contains__(self, word: str) -> bool:
        return word in self._tags

    def like(self, word: str, draw: random.Random) -> str:
        """Draw a word of the same tag and length."""
        kind = self._tags[word], len(word)
        bounds = self._bounds[kind]
        return self._words[kind][bisect_left(bounds, draw.random() * bounds[-1])]


def swap_words(texts: Sequence[str], count: int, *, cache_dir: str | Path, seed: int = 0) -> list[str]:
    """Make up to `count` new texts, none of them among the given ones.

    Each is a text, drawn without replacement, with one content word or up to half of its content words swapped. A text
    without content words gives none.

    Args:
        texts: to draw from.
        count: how many to draw.
        cache_dir: private folder for jieba's dictionary cache.
        seed: of the draw.
    """
    jieba = use_private_jieba_cache(cache_dir)
    words = _Words(jieba)
    draw = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    made: dict[str, None] = {}
    for text in draw.sample(list(texts), min(count, len(texts))):
        tokens = jieba.lcut(text, HMM=False)
        places = [place for place, token in enumerate(tokens) if token in words]
        if not places:
            continue
        most = max(int(len(places) * _LARGEST_SHARE), 1)
        for place in draw.sample(places, draw.randint(1, most)):
            tokens[place] = words.like(tokens[place], draw)
        made["".join(tokens)] = None
    given = set(texts)
    return [text for text in made if text not in given]
