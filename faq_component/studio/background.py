"""Work that takes longer than a page may: done in a thread, while pages show how far it is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from faq_component.errors import FaqError
from faq_component.language import _
from faq_component.support.memory import release_memory

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Work:
    """Work that is done in the background, as pages look at it.

    Args:
        fault: why it failed; empty where it did not.
        done: whether it has ended.
    """

    fault: str = ""
    done: threading.Event = field(default_factory=threading.Event)

    def end(self, fault: str) -> None:
        """Note that it has ended, and why it failed if it did."""
        self.fault = fault
        self.done.set()


def in_background(name: str, work: Callable[[], None], ended: Callable[[str], None]) -> None:
    """Do work in a thread of its own.

    Args:
        name: of the work, for the log.
        work: what is done.
        ended: called at the end with a sentence on why the work failed; with an empty text where it did not.
    """

    def run() -> None:
        fault = ""
        try:
            work()
        except FaqError as error:
            fault = str(error)
        except Exception:
            logger.exception("%s failed.", name)
            fault = _("see the log of the studio")
        finally:
            ended(fault)
            release_memory()

    threading.Thread(target=run, daemon=True, name=name).start()
