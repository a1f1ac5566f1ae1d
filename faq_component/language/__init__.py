"""The language of what programs say: English in the code, other languages in gettext catalogues beside this file."""

from faq_component.language.catalogue import N_, _, listed, ngettext
from faq_component.language.choice import AUTO, LANGUAGES, VARIABLE, choose_language, language

__all__ = ["AUTO", "LANGUAGES", "N_", "VARIABLE", "_", "choose_language", "language", "listed", "ngettext"]
