"""Siblings: topics that differ in one attribute, such as the fee of one card and of another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from faq_component.chinese import STYLE
from faq_component.decision.contrast_english import WORDS, is_english, words_of
from faq_component.retrieval.question import Question
from faq_component.text import key_of, normalize
from faq_component.types import Hit

_NEAR = 0.9  # least share of the best score that a sibling has
_LONGEST = 4  # units of an attribute
_STYLE = STYLE | frozenset("怎么如何多少什么几哪里啥咋想问这那不还也就都给把去来说看为")

Units = tuple[str, ...]


def siblings_of(question: Question, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits, without the first, that the question does not tell apart from it.

    Two posts are siblings where they agree at their beginning and end, in at least one word of content, and each has an
    attribute of its own between them: 金卡年费多少 and 钻石卡年费多少. The question does not tell them apart where it
    has neither attribute and both are nearly as close to it. Siblings of siblings count too. Chinese posts are compared
    by characters, English ones by words.
    """
    if not hits:
        return []
    near = [hit for hit in hits if hit.score >= _NEAR * hits[0].score]
    asked = _units(question.text)
    found = [near[0]]
    for known in found:  # grows while it is read
        found += [
            hit for hit in near if hit not in found and _are_siblings(_units_of(known.post), _units_of(hit.post), asked)
        ]
    return [hit for hit in near[1:] if hit in found]


def _are_siblings(one: Units, other: Units, asked: Units) -> bool:
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    first, second = one[start : len(one) - end], other[start : len(other) - end]
    return (
        0 < len(first) <= _LONGEST
        and 0 < len(second) <= _LONGEST
        and any(map(_is_content, (*one[:start], *one[len(one) - end :])))
        and not _contains(asked, first)
        and not _contains(asked, second)
    )


def _is_content(unit: str) -> bool:
    return unit not in _STYLE and unit not in WORDS.stop_words


def _contains(text: Units, part: Units) -> bool:
    return any(text[place : place + len(part)] == part for place in range(len(text) - len(part) + 1))


@lru_cache(maxsize=4096)
def _units_of(post: str) -> Units:
    return _units(normalize(post))


def _units(normal: str) -> Units:
    return words_of(normal) if is_english(normal) else tuple(key_of(normal))
