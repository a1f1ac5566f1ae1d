"""English words that turn a meaning: negations, antonyms, numbers in words, units, and names of variants.

The contrast check of Chinese compares characters. English paraphrases share few characters in order, and most words
that differ turn nothing: only the words of `contrast_english.yml` count, and words that tell topics of the FAQ apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Any

from faq_component.yaml_text import load_yaml

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?|\d+(?:[.,]\d+)*[a-z]*")
_LETTERS = re.compile(r"[^\W\d_]")
_ALIKE = 0.5  # least share of words that two texts have in common, in order
_ALIKE_IN_ANY_ORDER = 0.5  # least share of the shorter one's content words that the other has too
_FILE = Path(__file__).with_suffix(".yml")
_MORE = 4  # content words that a question may have beyond the post for its negations to count
# A negated question asks the same (why don't we, can't I), and so does "whether or not".
_ASKING = re.compile(
    r"\b(?:why (?:do|don|did)n['’]?t (?:we|you)|cannot i|or not|no problem|no worries|not sure|not only|if not"
    r"|(?:ca|could|would|will|wo|is|are|do|does)n['’]?t (?:i|you|we|it|there|they)|do(?:n['’]?t| not) know)\b"
)


class _Words:
    """The word lists, read on first use."""

    @cached_property
    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = load_yaml(_FILE.read_text(encoding="utf-8"))
        return content

    @cached_property
    def negations(self) -> frozenset[str]:
        """Words that negate a text."""
        auxiliaries = self._content["auxiliaries"].split()
        return frozenset([*self._content["negations"].split(), *(f"{word}nt" for word in auxiliaries)])

    @cached_property
    def numbers(self) -> dict[str, str]:
        """Words for numbers, with the number."""
        return {word: str(value) for word, value in self._content["numbers"].items()}

    @cached_property
    def units(self) -> dict[str, tuple[int, str]]:
        """Words for units, with the number of their kind and the unit."""
        lines = enumerate(self._content["units"])
        return {word: (kind, word.rstrip("s")) for kind, line in lines for word in line.split()}

    @cached_property
    def variants(self) -> frozenset[str]:
        """Words that name a variant of a product."""
        return frozenset(self._content["variants"].split())

    @cached_property
    def opposites(self) -> list[tuple[frozenset[str], ...]]:
        """Words that exclude those of the other side."""
        return [tuple(frozenset(side.split()) for side in line.split("/")) for line in self._content["opposites"]]

    @cached_property
    def stop_words(self) -> frozenset[str]:
        """Words without content."""
        return frozenset(self._content["stop_words"].split())


WORDS = _Words()


def is_english(text: str) -> bool:
    """Whether a normalised text is written in Latin letters, and has at least two words."""
    letters = _LETTERS.findall(text)
    return bool(letters) and all(char.isascii() for char in letters) and len(_WORD.findall(text)) > 1


def words_of(text: str) -> tuple[str, ...]:
    """Split a normalised English text into words and numbers; an apostrophe is left out."""
    return tuple(word.replace("'", "").replace("’", "") for word in _WORD.findall(text))


def turns_english(asked: str, said: str, *, numbers: bool, contrasts: Collection[tuple[str, str]]) -> bool:
    """Whether two normalised English texts are alike, except for a word that turns the meaning.

    Opposites turn it whatever the order of the words.

    Args:
        asked: the question.
        said: the post.
        numbers: whether numbers are compared.
        contrasts: further pairs of words that exclude each other.
    """
    query, post = words_of(asked), words_of(said)
    if query == post:
        return False
    matcher = SequenceMatcher(None, query, post, autojunk=False)
    first, second = frozenset(query) - frozenset(post), frozenset(post) - frozenset(query)
    opposites = [pair for pair in WORDS.opposites if _opposed(first, second, *pair)]
    if matcher.ratio() < _ALIKE:
        # In another order: "turn the speaker's volume down" against "turn up the volume of my speakers".
        return any(_shared_content(query, post, pair) >= _ALIKE_IN_ANY_ORDER for pair in opposites)
    more = len(first - WORDS.stop_words)
    return (
        (more <= _MORE and _negations(asked) % 2 != _negations(said) % 2)
        or (numbers and _both_differ(_numbers(query), _numbers(post)))
        or _units_differ(first, second)
        or bool((first ^ second) & WORDS.variants)
        or bool(opposites)
        or any(pair in contrasts for pair in _replaced(matcher, query, post))
    )


def _shared_content(query: Sequence[str], post: Sequence[str], opposites: tuple[frozenset[str], ...]) -> float:
    """Overlap coefficient of the content words of two texts, without opposites; a final s makes no other word."""
    left_out = WORDS.stop_words.union(*opposites)
    one, other = ({word.rstrip("s") for word in words if word not in left_out} for words in (query, post))
    return len(one & other) / max(min(len(one), len(other)), 1)


def _negations(text: str) -> int:
    return sum(word in WORDS.negations for word in words_of(_ASKING.sub(" ", text)))


def _numbers(words: Sequence[str]) -> frozenset[str]:
    return frozenset(WORDS.numbers.get(word, word) for word in words if word in WORDS.numbers or word[0].isdigit())


def _both_differ(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one - other) and bool(other - one)


def _units_differ(first: frozenset[str], second: frozenset[str]) -> bool:
    """Whether words that only one of two texts has are different units of one kind."""
    ours, theirs = ({WORDS.units[word] for word in words if word in WORDS.units} for words in (first, second))
    return any(line == other and unit != another for line, unit in ours for other, another in theirs)


def _opposed(first: frozenset[str], second: frozenset[str], word: frozenset[str], opposite: frozenset[str]) -> bool:
    return bool((first & word and second & opposite) or (first & opposite and second & word))


def _replaced(matcher: SequenceMatcher[str], query: Sequence[str], post: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of single words, in the question and in the post, that stand in each other's place."""
    return [
        (query[low], post[start])
        for kind, low, high, start, end in matcher.get_opcodes()
        if kind == "replace" and high - low == end - start == 1
    ]
