"""Messages in the language spoken, looked up by their English text with gettext."""

from __future__ import annotations

import functools
import gettext
from collections.abc import Iterable
from pathlib import Path

from faq_component.language.choice import LANGUAGES, language

DOMAIN = "faq_component"
FOLDER = Path(__file__).parent


def _(message: str) -> str:
    """A message in the language spoken, with its placeholders: ``_("The port {port} is taken").format(port=port)``."""
    return _translations(language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, number: int) -> str:
    """A message that holds a number: ``ngettext("{count} topic", "{count} topics", n).format(count=n)``."""
    return _translations(language()).ngettext(singular, plural, number)


def in_every_language(message: str) -> tuple[str, ...]:
    """A message in each language: for what people write into files, and is to be understood whatever is spoken."""
    return tuple(_translations(name).gettext(message) for name in LANGUAGES)


def listed(texts: Iterable[str]) -> str:
    """Texts as a sentence lists them: with commas, in Chinese with enumeration commas."""
    return _(", ").join(texts)


def N_(message: str) -> str:  # noqa: N802 - gettext's name for it, which extraction looks for
    """Mark a message that is translated later, by ``_``, when it is shown: a constant or the help of a field."""
    return message


@functools.cache
def _translations(spoken: str) -> gettext.NullTranslations:
    """The catalogue of a language; English, the language of the code, has none."""
    if spoken == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, FOLDER, [spoken])
