"""Lint as the settings of a bot have it: its encoder, its rewriting of texts, its words and whether it has scopes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from faq_component.assistant.build_encoders import build_post_encoder
from faq_component.assistant.build_text import build_rewriter
from faq_component.dialogue.words_file import LiveWords
from faq_component.lint.findings import Finding
from faq_component.lint.linting import lint, of_texts
from faq_component.lint.places import Entry
from faq_component.lint.words import RULES
from faq_component.settings import Settings


class Linter:
    """Looks at a knowledge base, or at single topics, as the bot of the settings reads them.

    Args:
        settings: of the bot.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._words = LiveWords(settings.words, simplify=settings.simplify)

    def whole(self, place: str | None = None, rules: Collection[str] = tuple(RULES)) -> list[Finding]:
        """Return what the rules find in a whole knowledge base.

        Args:
            place: of it; by default that of the settings.
            rules: the names of those to apply.

        Raises:
            FaqDataError: there is no knowledge base.
            FaqError: the encoder, the words or the rewriting cannot be used.
        """
        settings = self._settings
        bot, rewrite = self._words.current.bot, build_rewriter(settings)
        encoder, scoped = lambda: build_post_encoder(settings), bool(settings.scope)
        return lint(place or settings.faq, encoder, rewrite, rules, bot, scoped=scoped)

    def texts(self, entries: Sequence[Entry]) -> list[Finding]:
        """Return what the rules that read texts only find in some topics."""
        scoped = bool(self._settings.scope)
        return of_texts(entries, build_rewriter(self._settings), self._words.current.bot, scoped=scoped)
