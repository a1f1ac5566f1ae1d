"""A question, and whatever is computed of it: once, and kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

from faq_component.encoders import Encoder, Vectors
from faq_component.text import key_of, ngrams_of, normalize

MAX_QUERY_CHARS = 512

_LINE_BREAK = re.compile(r"[\r\n]+")

T = TypeVar("T")


class Question:
    """A message as it is asked of a knowledge base.

    It is normalised on first use, and tokens, vectors, segments and whatever else is computed of it are kept with it,
    so that no two parts of one decision do the same work. One thread uses it at a time.

    Args:
        written: the message as its user wrote it, line breaks included.
    """

    def __init__(self, written: str) -> None:
        self.written = written
        self._kept: dict[Hashable, Any] = {}

    @classmethod
    def of_normalized(cls, text: str) -> Question:
        """The question of a text that is normalised already, such as a slice of another question's text."""
        question = cls(text)
        question.__dict__["lines"] = (text,)
        return question

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The normalised lines that say something. All that is decided on a question follows from them."""
        lines = _LINE_BREAK.split(self.written[: 4 * MAX_QUERY_CHARS])
        return tuple(line for line in map(normalize, lines) if line)

    @cached_property
    def text(self) -> str:
        """The normalised text, cut to its first 512 characters; the empty text where it says nothing."""
        return " ".join(self.lines)[:MAX_QUERY_CHARS]

    @cached_property
    def key(self) -> str:
        """The text's comparison key: two texts with one key say the same."""
        return key_of(self.text)

    @cached_property
    def bigrams(self) -> frozenset[str]:
        """The set of character bigrams of the key."""
        return ngrams_of(self.key)

    def rewritten(self, rewrite: Callable[[str], str]) -> str:
        """The text after a rewriter, such as one to simplified characters."""
        return self.once(("rewritten", rewrite), lambda: rewrite(self.text))

    def tokens(self, tokenize: Callable[[str], list[str]]) -> list[str]:
        """The tokens that a tokenizer makes of the text."""
        return self.once(("tokens", tokenize), lambda: tokenize(self.text))

    def vector(self, encoder: Encoder, text: str | None = None) -> Vectors:
        """The vector that an encoder gives the text, or another form of it. *Shape:* ``(dim,)``."""
        asked = self.text if text is None else text
        vector: Vectors = self.once(("vector", encoder.fingerprint, asked), lambda: encoder.encode([asked])[0])
        return vector

    def once(self, what: Hashable, compute: Callable[[], T]) -> T:
        """Return what is kept under a name, computed where it is asked for first."""
        if what not in self._kept:
            self._kept[what] = compute()
        kept: T = self._kept[what]
        return kept

    def __repr__(self) -> str:
        return f"Question({self.written!r})"
