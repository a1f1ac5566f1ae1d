"""A question, with everything that is computed from it kept for reuse."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from faq_component.encoders import Encoder, Vectors
from faq_component.text import key_of, ngrams_of, normalize

MAX_QUERY_CHARS = 512

_LINE_BREAK = re.compile(r"[\r\n]+")

T = TypeVar("T")


@dataclass(frozen=True)
class Among:
    """The topics that a question may find, by their ids.

    Args:
        topics: those in its scope; None where all are.
        without: those that a post which must not find them takes out.
        answered: the topic that has just been answered, which the question is not about.
    """

    topics: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    answered: str | None = None


ALL = Among()


class Question:
    """A message as a query to a knowledge base.

    Its normalised text, tokens, vectors and segments are computed on first use and kept, so that no two steps of one
    decision do the same work. Not safe for use by several threads at once.

    Args:
        written: the message as its user wrote it, line breaks included.
        among: the topics that it may find.
    """

    def __init__(self, written: str, among: Among = ALL) -> None:
        self.written = written
        self.among = among
        self._kept: dict[Hashable, Any] = {}

    @classmethod
    def of_normalized(cls, text: str, among: Among = ALL) -> Question:
        """Make a question of a text that is already normalised, such as a slice of another question's text."""
        question = cls(text, among)
        question.__dict__["lines"] = (text,)
        return question

    def within(self, among: Among) -> Question:
        """Return the same question among other topics; both share what is computed of the text."""
        if among == self.among:
            return self
        other = copy.copy(self)
        other.among = among
        return other

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Normalised lines, without empty ones; every decision depends on them alone."""
        lines = _LINE_BREAK.split(self.written[: 4 * MAX_QUERY_CHARS])
        return tuple(line for line in map(normalize, lines) if line)

    @cached_property
    def text(self) -> str:
        """Normalised text, cut to its first 512 characters; can be empty."""
        return " ".join(self.lines)[:MAX_QUERY_CHARS]

    @cached_property
    def key(self) -> str:
        """Comparison key of the text: texts with the same key count as identical."""
        return key_of(self.text)

    @cached_property
    def bigrams(self) -> frozenset[str]:
        """Character bigrams of the key."""
        return ngrams_of(self.key)

    def rewritten(self, rewrite: Callable[[str], str]) -> str:
        """Apply a rewriter to the text, such as one to simplified characters."""
        return self.once(("rewritten", rewrite), lambda: rewrite(self.text))

    def tokens(self, tokenize: Callable[[str], list[str]]) -> list[str]:
        """Tokenise the text."""
        return self.once(("tokens", tokenize), lambda: tokenize(self.text))

    def vector(self, encoder: Encoder, text: str | None = None) -> Vectors:
        """Encode the text, or another form of it. *Shape:* ``(dim,)``."""
        asked = self.text if text is None else text
        vector: Vectors = self.once(("vector", encoder.fingerprint, asked), lambda: encoder.encode([asked])[0])
        return vector

    def once(self, what: Hashable, compute: Callable[[], T]) -> T:
        """Return the value kept under a name; compute it on the first call."""
        if what not in self._kept:
            self._kept[what] = compute()
        kept: T = self._kept[what]
        return kept

    def __deepcopy__(self, memo: dict[int, Any]) -> Question:
        """Copy the question alone: what is kept may hold a whole index, and Rasa copies each message."""
        other = copy.copy(self)
        other._kept = {}
        return other

    def __repr__(self) -> str:
        return f"Question({self.written!r})"
