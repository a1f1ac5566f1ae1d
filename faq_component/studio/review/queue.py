"""The clusters of questions that wait for a review, found in the background."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from faq_component.assistant.build_encoders import build_query_encoder
from faq_component.decision.confidence import DEPTH
from faq_component.language import _
from faq_component.studio.background import Work, in_background
from faq_component.studio.workbench import Workbench
from faq_component.types import Hit
from faq_component.usage.clusters import Cluster, make_clusters
from faq_component.usage.figure_tables import Table
from faq_component.usage.log import UsageLog, log_file
from faq_component.usage.questions import open_questions

_FRESH_SECONDS = 600.0  # before the log is looked through again at the next visit


@dataclass(frozen=True)
class Item:
    """A cluster to review, by a key that stays when some of its wordings are decided on."""

    key: str
    cluster: Cluster


@dataclass
class _Look(Work):
    """A look through the log, in a thread of its own."""

    begun: float


class Queue:
    """What is open, the most frequent first; safe for several threads.

    Args:
        workbench: whose log is looked through, and whose topics are the nearest.
        log: of what was asked.
    """

    def __init__(self, workbench: Workbench, log: UsageLog) -> None:
        self._workbench = workbench
        self.log = log
        self._lock = threading.Lock()
        self._look: _Look | None = None
        self._items: dict[str, Item] = {}

    def refresh(self, *, now: bool = False) -> None:
        """Look through the log again where that was some time ago, or `now`."""
        with self._lock:
            look = self._look
            if look is not None and not look.done.is_set():
                return
            if not now and look is not None and time.monotonic() - look.begun < _FRESH_SECONDS:
                return
            self._look = look = _Look(time.monotonic())
            in_background("The look through the log", self._find, look.end)

    @property
    def is_ready(self) -> bool:
        """Whether the log has been looked through."""
        return self._look is not None and self._look.done.is_set()

    @property
    def fault(self) -> str:
        """Why it could not be; empty where it could."""
        return self._look.fault if self._look is not None else ""

    @property
    def items(self) -> list[Item]:
        """What is open."""
        with self._lock:
            return list(self._items.values())

    def decided(self, key: str, texts: Sequence[str]) -> None:
        """Take wordings of an item out, and the item where it has none left."""
        with self._lock:
            item = self._items.get(key)
            if item is None:
                return
            left = tuple(question for question in item.cluster.questions if question.text not in texts)
            if left:
                self._items[key] = replace(item, cluster=replace(item.cluster, questions=left))
            else:
                del self._items[key]

    def put_back(self, item: Item, before: str | None) -> None:
        """Put an item back as it was, before another one, or at the end."""
        with self._lock:
            items = [other for other in self._items.values() if other.key != item.key]
            place = next((at for at, other in enumerate(items) if other.key == before), len(items))
            items.insert(place, item)
            self._items = {other.key: other for other in items}

    def _find(self) -> None:
        settings, assistant = self._workbench.settings, self._workbench.assistant
        faq = assistant.faq

        def search(text: str) -> Sequence[Hit]:
            return assistant.search(text, max(settings.top_k, DEPTH))

        questions = open_questions(self.log.events(), faq)
        clusters = make_clusters(questions, build_query_encoder(settings), search, faq)
        items = {item.key: item for item in map(_item, clusters)}
        with self._lock:
            self._items = items


def open_queue(workbench: Workbench) -> Queue | None:
    """Return the queue of a workbench's log; None where no log is kept."""
    file = log_file(workbench.settings.log)
    return Queue(workbench, UsageLog(file)) if file is not None else None


def table_of(items: Sequence[Item]) -> Table:
    """Return what is open as a table of figures."""
    header = (_("question"), _("asked"), _("wordings"), _("nearest topic"), _("last on"))
    rows = [
        (
            item.cluster.texts[0],
            item.cluster.count,
            len(item.cluster.texts),
            item.cluster.nearest[0].title if item.cluster.nearest else "",
            item.cluster.last_seen[:10],
        )
        for item in items
    ]
    return Table(_("Asked in vain, open for review"), header, tuple(rows))


def _item(cluster: Cluster) -> Item:
    return Item(hashlib.sha256("\n".join(sorted(cluster.texts)).encode(errors="replace")).hexdigest()[:16], cluster)
