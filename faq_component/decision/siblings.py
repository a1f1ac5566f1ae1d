"""Siblings: topics that differ in one attribute, such as the fee of one card and of another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from faq_component.chinese import STYLE
from faq_component.decision.contrast import shared_ends
from faq_component.decision.contrast_english import WORDS, is_english, words_of
from faq_component.retrieval.question import Question
from faq_component.text import key_of, normalize
from faq_component.types import Hit

_NEAR, _NEAR_OF_FORM = 0.9, 0.6  # least share of the best score that a sibling has, the latter where it says no more
_LONGEST = 4  # units of an attribute
_SHORTEST_FORM = 2  # units around it
_FEWEST_OTHERS = 3  # topics with posts of the same form
_STYLE = STYLE | frozenset("怎么如何多少什么几哪里啥咋想问这那不还也就都给把去来说看为")

Units = tuple[str, ...]


def siblings_of(question: Question, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits, without the first, that the question does not tell apart from it.

    Two posts are siblings where they agree at their beginning and end, in at least one word of content, and each has an
    attribute of its own between them: 金卡年费多少 and 钻石卡年费多少. The question does not tell them apart where it
    has neither attribute, and both are nearly as close to it or its words of content are all in the form that they
    share. Siblings of siblings count too. Chinese posts are compared by characters, English ones by words.
    """
    if not hits:
        return []
    near = [hit for hit in hits[1:] if hit.score >= _NEAR_OF_FORM * hits[0].score]
    if not near:
        return []
    asked = _units(question.text)
    found = [hits[0]]
    for known in found:  # grows while it is read
        found += [hit for hit in near if hit not in found and _are_siblings(known, hit, asked, hits[0].score)]
    return [hit for hit in near if hit in found]


def fills_otherwise(question: Question, hits: Sequence[Hit]) -> bool:
    """Whether a question differs from the best post in the one part in which the posts of other topics differ from it.

    In an FAQ of 我要退款, 我要投诉 and 我要改地址, the question 我要退票 asks for something else than 我要退款, however
    near it is. At least three other topics have posts of this form.
    """
    if len(hits) <= _FEWEST_OTHERS:
        return False
    asked, best = _units(question.text), _units_of(hits[0].post)
    others = 0
    for hit in hits[1:]:
        start, end = shared_ends(best, _units_of(hit.post))
        has_form = asked[:start] == best[:start] and asked[len(asked) - end :] == best[len(best) - end :]
        part, own = asked[start : len(asked) - end], best[start : len(best) - end]
        others += (
            start + end >= _SHORTEST_FORM
            and len(asked) > start + end
            and has_form
            and 0 < len(part) <= _LONGEST
            and 0 < len(own) <= _LONGEST
            and not _contains(part, own)
            and not _contains(own, part)
        )
    return others >= _FEWEST_OTHERS


def _are_siblings(known: Hit, hit: Hit, asked: Units, best: float) -> bool:
    one, other = _units_of(known.post), _units_of(hit.post)
    start, end = shared_ends(one, other)
    first, second = one[start : len(one) - end], other[start : len(other) - end]
    if not (0 < len(first) <= _LONGEST and 0 < len(second) <= _LONGEST):
        return False
    form = list(filter(_is_content, (*one[:start], *one[len(one) - end :])))
    near = _NEAR_OF_FORM if set(filter(_is_content, asked)) <= set(form) else _NEAR
    return hit.score >= near * best and bool(form) and not _contains(asked, first) and not _contains(asked, second)


def _is_content(unit: str) -> bool:
    return unit not in _STYLE and unit not in WORDS.stop_words


def _contains(text: Units, part: Units) -> bool:
    return any(text[place : place + len(part)] == part for place in range(len(text) - len(part) + 1))


@lru_cache(maxsize=4096)
def _units_of(post: str) -> Units:
    return _units(normalize(post))


def _units(normal: str) -> Units:
    return words_of(normal) if is_english(normal) else tuple(key_of(normal))
