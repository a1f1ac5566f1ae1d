"""Logs in which texts of users and peers stay texts: they steer no terminal, and forge no record."""

from __future__ import annotations

import logging
import re
from typing import Any

from faq_component.text import escape_controls

_LINE = re.compile(r"\n(?=\S)")
_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")
_TRACEBACKS = logging.Formatter()


class RenderedText(str):
    """A message that is clean already, apart from the colours of whoever rendered it."""

    __slots__ = ()


def clean_logs() -> None:
    """Have every record that this process makes hold clean texts: message, arguments and traceback.

    For programs, which own their process; a library's user decides this alone. A second call changes nothing.
    """
    present = logging.getLogRecordFactory()
    if not isinstance(present, _CleanRecords):
        logging.setLogRecordFactory(_CleanRecords(present))


def clean_text(text: str) -> str:
    """Escape the control characters of a text, and indent its lines but the first: a record begins without a blank."""
    return _LINE.sub("\n  ", escape_controls(text))


def clean_rendered(text: str) -> RenderedText:
    """Clean a message that was rendered for a terminal, and leave its colours."""
    parts = _COLOUR.split(text)  # texts and colours in turn
    return RenderedText("".join(part if number % 2 else clean_text(part) for number, part in enumerate(parts)))


class _CleanRecords:
    """A factory of log records with clean texts.

    Args:
        make: factory that makes a record.
    """

    def __init__(self, make: Any) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._make(*args, **kwargs)
        if not isinstance(record.msg, RenderedText):
            _clean_message(record)
        if record.exc_info and not record.exc_text:
            record.exc_text = clean_text(_TRACEBACKS.formatException(record.exc_info))
        return record


def _clean_message(record: logging.LogRecord) -> None:
    """Clean the message; where it is clean, the arguments stay, by which some programs sort messages."""
    try:
        text = record.getMessage()
    except Exception:  # arguments that do not fit: logging reports them when it writes, by their `repr`
        return
    clean = clean_text(text)
    if clean != text:
        record.msg, record.args = clean, None
