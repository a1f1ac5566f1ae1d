"""Faults of a knowledge base: sentences that name their place."""

from __future__ import annotations

from pathlib import Path

from faq_component.language import _


class Fault(str):
    """A fault as a sentence that begins with its place; its parts are kept for programs.

    Args:
        place: the file, or what messages call the knowledge base.
        message: what is wrong, and the mend.
        line: the line in the file, counted from 1.
        topic: the title of the topic concerned.
    """

    place: str
    message: str
    line: int | None
    topic: str | None

    def __new__(cls, place: Path | str, message: str, *, line: int | None = None, topic: str | None = None) -> Fault:
        """Put the sentence together, in the language spoken."""
        where = f"{place}" if line is None else f"{place}:{line}"
        sentence = _("{where}: {message}") if topic is None else _("{where}: topic '{title}': {message}")
        fault = super().__new__(cls, sentence.format(where=where, title=topic, message=message))
        fault.place, fault.message, fault.line, fault.topic = str(place), message, line, topic
        return fault
