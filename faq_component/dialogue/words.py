"""Words that must not pass: where a text holds some, and the text with stars in their place."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

import opencc

from faq_component.text import normalize

LONGEST = 50  # characters of a word, normalised
STARS = "***"
# Letters of scripts that put spaces between words: Latin, Greek, Cyrillic.
_WORD = re.compile("[a-z0-9ß-ƿǄ-ɏͰ-ԯ]")


class Passing(str, Enum):
    """What becomes of a text, by the words that it holds: the values are the lists of a words file."""

    REFUSE = "refuse"
    HAND_OVER = "hand_over"
    MASK = "mask"


class Folding:
    """Compares texts as the FAQ does, character by character, so that each place leads back to the text as written.

    Full-width forms, case, control and zero-width characters, runs of white space and, with `simplify`, traditional
    characters do not matter.
    """

    def __init__(self, *, simplify: bool = False) -> None:
        self._simplify: Callable[[str], str] = opencc.OpenCC("t2s").convert if simplify else str
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> tuple[str, list[int]]:
        """Return the folded text, and for each of its characters the place in the text, then the text's length."""
        folded: list[str] = []
        places: list[int] = []
        for place, written in _clusters(text):
            plain = self._folded(written)
            if plain.isspace() and folded and folded[-1] == " ":
                continue
            folded += plain
            places += [place] * len(plain)
        return "".join(folded), [*places, len(text)]

    def word(self, text: str) -> str:
        """Return a word as it is compared."""
        return self(text)[0].strip()

    def _folded(self, written: str) -> str:
        if len(written) > 1:  # with marks: too many to keep
            return self._simplified(normalize(written))
        if written not in self._known:
            self._known[written] = " " if written.isspace() else self._simplified(normalize(written))
        return self._known[written]

    def _simplified(self, plain: str) -> str:
        return plain if plain.isascii() else "".join(map(self._simplify, plain))


class WordList:
    """Finds the words of a list in folded texts: Chinese anywhere, words of letters and digits where they stand alone.

    *Complexity:* of a search, linear in the text's length, at most `LONGEST` steps a character; the number of words
    does not matter.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        """Take in folded words."""
        self._words = frozenset(words)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for word in self._words:
            lengths[word[0]].add(len(word))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def __len__(self) -> int:
        return len(self._words)

    def spans(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield beginning and end of each word in a folded text, the longest at each place, without overlaps."""
        place = 0
        while place < len(folded):
            end = self._end(folded, place)
            if end:
                yield place, end
            place = end or place + 1

    def _end(self, folded: str, start: int) -> int:
        for length in self._lengths.get(folded[start], ()):
            end = start + length
            if end > len(folded) or folded[start:end] not in self._words:
                continue
            if not (_is_within(folded, start) or _is_within(folded, end)):
                return end
        return 0


@dataclass(frozen=True)
class Side:
    """The lists of one side, the user's or the bot's."""

    folding: Folding = field(default_factory=Folding)
    lists: dict[Passing, WordList] = field(default_factory=dict)

    def passing(self, *texts: str) -> Passing | None:
        """Return what the words of texts demand, the strictest of all; None where they hold none."""
        folded = [self.folding(text)[0] for text in texts] if self.lists else []
        for kind in Passing:
            words = self.lists.get(kind)
            if words and any(True for text in folded for _span in words.spans(text)):
                return kind
        return None

    def masked(self, text: str, *kinds: Passing) -> str:
        """Return a text with stars in place of the words of some lists, by default `mask`."""
        spans: list[tuple[int, int]] = []
        folded, places = self.folding(text) if self.lists else ("", [])
        for kind in kinds or (Passing.MASK,):
            if words := self.lists.get(kind):
                spans += [(places[start], _end_of(places, end)) for start, end in words.spans(folded)]
        return _starred(text, spans)


@dataclass(frozen=True)
class Words:
    """What a words file holds."""

    user: Side = field(default_factory=Side)
    bot: Side = field(default_factory=Side)

    def heard(self, text: str) -> Heard:
        """Return what is to be done with a message of a user."""
        passing = self.user.passing(text)
        return Heard(self.user.masked(text) if passing is Passing.MASK else text, passing)


@dataclass(frozen=True)
class Heard:
    """A message of a user.

    Args:
        text: with stars in place of words of the list `mask`.
        passing: the strictest list that it holds a word of; None for none.
    """

    text: str
    passing: Passing | None

    @property
    def stopped(self) -> bool:
        """Whether it is neither searched nor kept."""
        return self.passing in (Passing.REFUSE, Passing.HAND_OVER)

    @property
    def lists(self) -> tuple[str, ...]:
        """Name of the list, as the log counts it; empty for none."""
        return (f"user.{self.passing.value}",) if self.passing else ()


NO_WORDS = Words()


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """Yield each character with its place, together with the marks that are combined with it."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not unicodedata.combining(text[place]):
            yield start, text[start:place]
            start = place


def _is_within(folded: str, place: int) -> bool:
    """Whether a place is within a word of letters and digits."""
    return 0 < place < len(folded) and bool(_WORD.match(folded, place - 1)) and bool(_WORD.match(folded, place))


def _end_of(places: list[int], end: int) -> int:
    """Return the end, in the text as written, of a word whose folded form ends before `end`."""
    last = places[end - 1]
    while places[end] <= last:  # what one character is folded to
        end += 1
    return places[end]


def _starred(text: str, spans: list[tuple[int, int]]) -> str:
    parts, done = [], 0
    for start, end in sorted(spans):
        if start >= done:
            parts += [text[done:start], STARS]
        done = max(done, end)
    return "".join([*parts, text[done:]])
