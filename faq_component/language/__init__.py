"""The language of what programs say: English in the code, other languages in gettext catalogues beside this file."""

from faq_component.language.catalogue import N_, _, in_every_language, listed, ngettext
from faq_component.language.choice import AUTO, LANGUAGES, VARIABLE, choose_language, language, speaking

__all__ = [
    "AUTO",
    "LANGUAGES",
    "N_",
    "VARIABLE",
    "_",
    "choose_language",
    "in_every_language",
    "language",
    "listed",
    "ngettext",
    "speaking",
]
