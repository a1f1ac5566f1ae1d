"""Which language is spoken: by an environment variable, a setting, or the system's locale."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextvars import ContextVar

LANGUAGES = ("en", "zh")
AUTO = "auto"
VARIABLE = "FAQ_LANGUAGE"
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # by POSIX the first that is set decides

_setting = AUTO
_for_now: ContextVar[str | None] = ContextVar("language", default=None)


def choose_language(setting: str = AUTO) -> None:
    """Take the language of a setting for this process: ``auto``, ``en`` or ``zh``; `FAQ_LANGUAGE` overrides it.

    Raises:
        ValueError: the setting or `FAQ_LANGUAGE` names another language.
    """
    global _setting
    given = os.environ.get(VARIABLE) or LANGUAGES[0]
    if given not in LANGUAGES:
        raise ValueError(f"{VARIABLE} is '{given}'; it must be {' or '.join(LANGUAGES)}")
    if setting not in (AUTO, *LANGUAGES):
        raise ValueError(f"the language is '{setting}'; it must be {AUTO}, {' or '.join(LANGUAGES)}")
    _setting = setting


def language() -> str:
    """The language spoken now, ``en`` or ``zh``: that of `FAQ_LANGUAGE`, else of the setting, else of the locale."""
    for_now, given = _for_now.get(), os.environ.get(VARIABLE)
    if for_now is not None:
        return for_now
    if given in LANGUAGES:
        return given
    if _setting != AUTO:
        return _setting
    locale = next((value for name in _LOCALE if (value := os.environ.get(name))), "")
    return "zh" if locale.lower().startswith("zh") else "en"


@contextlib.contextmanager
def speaking(spoken: str) -> Iterator[None]:
    """Speak a language within the block whatever was chosen: for what programs read, and for tests."""
    token = _for_now.set(spoken)
    try:
        yield
    finally:
        _for_now.reset(token)
