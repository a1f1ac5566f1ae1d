"""Which language is spoken: by an environment variable, a setting, or the system's locale."""

from __future__ import annotations

import os

LANGUAGES = ("en", "zh")
AUTO = "auto"
VARIABLE = "FAQ_LANGUAGE"
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # by POSIX the first that is set decides

_setting = AUTO


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
    given = os.environ.get(VARIABLE)
    if given in LANGUAGES:
        return given
    if _setting != AUTO:
        return _setting
    locale = next((value for name in _LOCALE if (value := os.environ.get(name))), "")
    return "zh" if locale.lower().startswith("zh") else "en"
