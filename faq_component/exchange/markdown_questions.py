"""Lines of Markdown that are questions: marked with Q, numbered, or bold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from faq_component.chinese import numeral_value
from faq_component.exchange.html_text import plain_text
from faq_component.knowledge.question_form import is_question

_MARK = re.compile(
    r"\s*(\*\*|__)?(?:(?P<q>Q|问题?|提问)|A|答案?|回答)\s{0,3}\d{0,9}(\*\*|__)?\s{0,3}[:：](\*\*|__)?"
    r"[ \t]*(?P<text>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_BOLD = re.compile(r"\s*(\*\*|__)(?P<text>(?:(?!\1).)+)\1\s*[:：]?\s*$")
_NUMBER = re.compile(
    r"\A\s*(?:Q?(?P<digits>\d{1,3})\s*(?:[、．）)]|\.(?!\d))|[（(](?P<inner>\d{1,3})[)）]|第?(?P<chinese>[一二三四五六七八九十]{1,3})[、．.])\s*"
    r"(?=\S)",
    re.IGNORECASE,
)


def has_mark(text: str) -> bool:
    """Whether a text begins as a line of Q or A does."""
    return _MARK.match(text) is not None


def is_marked_question(line: str) -> bool:
    """Whether a line begins with a Q."""
    match = _MARK.match(line)
    return bool(match and match["q"])


def unmarked(text: str) -> str:
    """A text without its Q or A, and without the bold type of both."""
    match = _MARK.match(text)
    if not match:
        return text
    rest: str = match["text"]
    if match[1] and not match[3] and not match[4] and rest.rstrip().endswith(match[1]):
        return rest.rstrip()[: -len(match[1])]
    return rest


def not_bold(text: str) -> str:
    """A text without bold type around the whole of it, and without HTML."""
    plain = " ".join(plain_text(text).text.split())
    match = _BOLD.match(plain)
    return match["text"].strip() if match else plain


def is_bold(text: str) -> bool:
    """Whether a line is bold as a whole."""
    return _BOLD.match(text) is not None


def number_of(text: str) -> int | None:
    """The number before a heading: 1. or 一、 or (1); None where there is none."""
    match = _NUMBER.match(text)
    if match is None:
        return None
    digits = match["digits"] or match["inner"]
    return int(digits) if digits else numeral_value(match["chinese"])


def without_number(text: str) -> str:
    """A heading without the number before it."""
    return _NUMBER.sub("", text, count=1)


def are_counted(numbers: Iterable[int]) -> bool:
    """Whether numbers count up from 1, once or several times."""
    return all(number in (1, before + 1) for before, number in _pairs(numbers))


def question_in(line: str, *, marked: bool) -> str:
    """The question that a line is as a whole, without its number and bold type; else an empty text.

    Args:
        line: of a paragraph, or the first of a list item.
        marked: whether the line's place already marks it, so that it needs neither bold type nor a number.
    """
    text = not_bold(line)
    shows = marked or is_bold(line) or number_of(text) is not None
    text = not_bold(without_number(text))
    return text if shows and is_question(text) else ""


def _pairs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    before = 0
    for number in numbers:
        yield before, number
        before = number
