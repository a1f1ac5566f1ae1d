"""Faults of a knowledge base: sentences that name their place."""

from __future__ import annotations

from pathlib import Path

from faq_component.language import _

_SHOWN = 100  # characters of a title


class Fault(str):
    """A fault as a sentence that begins with its place, with its components as attributes.

    The sentence can be printed and sent: half a surrogate pair is escaped, and a long title is cut.

    Args:
        place: the file, or the name of the knowledge base in messages.
        message: the problem and its remedy.
        line: the line in the file, counted from 1.
        topic: the title of the topic concerned.
    """

    place: str
    message: str
    line: int | None
    topic: str | None

    def __new__(cls, place: Path | str, message: str, *, line: int | None = None, topic: str | None = None) -> Fault:
        """Compose the sentence in the language of messages."""
        where = f"{place}" if line is None else f"{place}:{line}"
        sentence = _("{where}: {message}") if topic is None else _("{where}: topic '{title}': {message}")
        message = _printable(message)
        title = None if topic is None else _printable(topic if len(topic) <= _SHOWN else f"{topic[:_SHOWN]}…")
        fault = super().__new__(cls, sentence.format(where=where, title=title, message=message))
        fault.place, fault.message, fault.line, fault.topic = str(place), message, line, topic
        return fault


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
