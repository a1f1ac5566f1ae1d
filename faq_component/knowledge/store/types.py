"""The interface of stores of a knowledge base."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from faq_component.knowledge.checking import FaqReport
from faq_component.knowledge.store.diff import FaqDiff
from faq_component.knowledge.store.versions import Version
from faq_component.knowledge.topics import Faq

Edit = Callable[[Faq], Faq]


class FaqStore(Protocol):
    """A knowledge base that can be read at any time and edited by several writers."""

    def stamp(self) -> str:
        """Return a cheap token that changes with every edit.

        Raises:
            FaqDataError: the store cannot be reached.
        """
        ...

    def check(self, *, strict: bool = False, responses_required: bool = True) -> FaqReport:
        """Check a consistent snapshot of the knowledge base; never raises for faults.

        Args:
            strict: whether warnings (the same post in two topics) are faults.
            responses_required: whether a topic without a response is faulty; off for evaluation.
        """
        ...

    def load(self, *, responses_required: bool = True) -> Faq:
        """Load a consistent snapshot of the knowledge base, and log its warnings.

        Raises:
            FaqDataError: it is faulty; the message lists every fault.
        """
        ...

    def edit(self, edit: Edit, *, who: str, what: str) -> Faq:
        """Read, change and write in one transaction; other writers wait, so that no edit is lost.

        Args:
            edit: returns the new knowledge base; an exception cancels the edit.
            who: the author, for the history.
            what: a description, for the history.

        Raises:
            FaqDataError: the knowledge base is faulty, before the edit or after it.
        """
        ...

    def exists(self) -> bool:
        """Whether there is a knowledge base, faulty or not."""
        ...

    def create(self, faq: Faq, *, who: str, what: str) -> Faq:
        """Create a knowledge base where there is none; nothing else does, so that a mistyped place stays empty.

        Raises:
            FaqDataError: there is one already, or `faq` is faulty.
        """
        ...

    def history(self, *, limit: int | None = None) -> list[Version]:
        """Return the last `limit` versions, or all of them, newest first.

        Raises:
            FaqDataError: there is no history yet, or it cannot be read.
        """
        ...

    def diff(self, before: int, after: int) -> FaqDiff:
        """Compare two versions; raises `SettingsError` where one does not exist."""
        ...

    def at(self, number: int) -> Faq:
        """Return the knowledge base in a version.

        Raises:
            SettingsError: the version does not exist.
            FaqDataError: it was faulty.
        """
        ...

    def undo(self, *, who: str, to: int | None = None) -> Version | None:
        """Restore a version, by default the one before the newest, as a new version; None where nothing differs.

        So an undo can itself be undone.

        Raises:
            SettingsError: the version does not exist.
            FaqDataError: that version was faulty, or what is there cannot be read.
        """
        ...
