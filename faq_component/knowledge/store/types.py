"""What every store of a knowledge base does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from faq_component.knowledge.checking import FaqReport
from faq_component.knowledge.topics import Faq

Edit = Callable[[Faq], Faq]


class FaqStore(Protocol):
    """A knowledge base that can be read at any moment, and edited by several writers."""

    def stamp(self) -> str:
        """What differs after every edit, and costs next to nothing to ask for.

        Raises:
            FaqDataError: it cannot be asked, such as a database that is away.
        """
        ...

    def check(self, *, strict: bool = False, responses_required: bool = True) -> FaqReport:
        """The whole knowledge base as it stood at one moment, its faults and its warnings; never raises for faults.

        Args:
            strict: warnings (the same post in two topics) are faults.
            responses_required: a topic without a response is faulty; off for measuring.
        """
        ...

    def load(self, *, responses_required: bool = True) -> Faq:
        """The whole knowledge base as it stood at one moment; its warnings are logged.

        Raises:
            FaqDataError: it is faulty; every fault is named.
        """
        ...

    def edit(self, edit: Edit, *, who: str, what: str) -> Faq:
        """Read, change and write as one step, whole or not at all; other writers wait, so that no edit is lost.

        Args:
            edit: gives the new knowledge base; what it raises leaves everything as it was.
            who: the author, for the history.
            what: what was done, for the history.

        Raises:
            FaqDataError: the knowledge base is faulty, before the edit or after it.
        """
        ...

    def exists(self) -> bool:
        """Whether there is a knowledge base, faulty or not."""
        ...

    def create(self, faq: Faq, *, who: str, what: str) -> Faq:
        """Put a knowledge base where there is none yet; nothing else makes one, so that a mistyped place stays empty.

        Raises:
            FaqDataError: there is one already, or `faq` is faulty.
        """
        ...
