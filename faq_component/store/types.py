"""What every store of a knowledge base does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from faq_component.faq import FaqReport
from faq_component.topics import Faq

Edit = Callable[[Faq], Faq]


class FaqStore(Protocol):
    """A knowledge base that can be read at any moment, and edited by several writers."""

    def stamp(self) -> str:
        """What differs after every edit, and costs next to nothing to ask for."""
        ...

    def check(self) -> FaqReport:
        """The whole knowledge base as it stood at one moment, its faults and its warnings; never raises for faults."""
        ...

    def load(self) -> Faq:
        """The whole knowledge base as it stood at one moment.

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
