"""Lint as the settings of a bot have it: its encoder, its rewriting of texts, its words and whether it has scopes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor

from faq_component.assistant.build_encoders import build_post_encoder
from faq_component.assistant.build_text import build_rewriter
from faq_component.dialogue.words_file import LiveWords
from faq_component.errors import FaqError
from faq_component.lint.findings import Finding
from faq_component.lint.linting import lint, of_texts
from faq_component.lint.places import Entry
from faq_component.lint.words import RULES
from faq_component.settings import Settings, choose_language_of


def whole_in_own_process(settings: Settings, place: str) -> list[Finding]:
    """Return what `Linter.whole` finds, from a process that ends then: it takes as much memory as the FAQ, for minutes.

    Raises:
        FaqError: the knowledge base, the encoder or the words cannot be used.
    """
    # Spawned, since a copy of a process with threads may find their locks taken.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        fault, found = process.submit(_whole, settings, place).result()
    if fault:
        raise FaqError(fault)
    return found


def _whole(settings: Settings, place: str) -> tuple[str, list[Finding]]:
    """Return what is found, or a sentence on why nothing can be looked at: not every error can be sent."""
    try:
        choose_language_of(settings)
        return "", Linter(settings).whole(place)
    except FaqError as error:
        return str(error), []


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
