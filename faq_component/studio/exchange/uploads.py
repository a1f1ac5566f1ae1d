"""Files that somebody is about to import: kept without a name, until they are imported, given up or forgotten."""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from faq_component.exchange.columns import Kind
from faq_component.exchange.drafts import CellPlace, Choices, Drafts
from faq_component.exchange.formats import LARGEST, read_contents, unknown_format
from faq_component.exchange.merge import Mode, Plan, plan_of
from faq_component.knowledge.topics import Faq
from faq_component.language import _
from faq_component.studio.access.sessions import Person

MOST_BYTES = LARGEST  # of the files of an import together
_MOST_FILES = 20
_MOST_UPLOADS = 20
_IDLE_SECONDS = 3600.0
_LONGEST_NAME = 80  # characters


@dataclass
class Upload:
    """Files that somebody is about to import, and what they have said of them so far.

    Args:
        who: whose they are; nobody else sees them.
        files: the names that people read, which open nothing, and the contents.
        columns: what columns are, as for `Choices`.
        sheets: the titles of those to read; none for all that are visible.
        intents: of Rasa's files, as for `Choices`.
        first_is_topic: whether tables without known headings have none, so that columns go by their letters.
        mends: texts in place of those of cells.
        left_out: rows that are not to be read.
        mode: what becomes of topics that are there already.
        done: the sentence on what was imported, once that has happened.
        used: when it was last asked for.
    """

    who: Person
    files: Sequence[tuple[str, IO[bytes]]]
    columns: dict[str, Kind | None] = field(default_factory=dict)
    sheets: list[str] = field(default_factory=list)
    intents: list[str] = field(default_factory=list)
    first_is_topic: bool = False
    mends: dict[CellPlace, str] = field(default_factory=dict)
    left_out: set[tuple[str, int]] = field(default_factory=set)
    mode: Mode = Mode.ADD
    done: str = ""
    used: float = 0.0
    lock: threading.RLock = field(default_factory=threading.RLock)
    _drafts: Drafts | None = None
    _planned: tuple[str, Mode, Plan | Sequence[str]] | None = None

    @property
    def is_rasa(self) -> bool:
        """Whether a file may be one of Rasa's, of which intents can be chosen."""
        return any(name.lower().endswith((".yml", ".yaml")) for name, _content in self.files)

    def drafts(self) -> Drafts:
        """Return what the files hold, as read with what was said of them; read once for each change of that."""
        with self.lock:
            if self._drafts is None:
                choices = Choices(self.columns, self.sheets, self.mends, self.left_out, self.intents)
                self._drafts = Drafts(choices)
                read_contents(self._contents(), self._drafts)
                if not self._drafts.topics and not self._drafts.faults:
                    self._drafts.faults.append(_("there is no topic in it; write at least one"))
            return self._drafts

    def plan(self, faq: Faq) -> Plan | Sequence[str]:
        """Return what an import into a knowledge base would do, or its faults."""
        with self.lock:
            if self._planned is None or self._planned[:2] != (faq.fingerprint, self.mode):
                self._planned = faq.fingerprint, self.mode, plan_of(faq, self.drafts(), self.mode)
            return self._planned[2]

    def read_again(self) -> None:
        """Forget what was read, as something else has been said of the files."""
        with self.lock:
            self._drafts = self._planned = None

    def end(self, done: str) -> None:
        """Drop the files; `done` says what became of them."""
        with self.lock:
            self.read_again()
            self.done = done
            for _name, content in self.files:
                content.close()

    def _contents(self) -> Iterator[tuple[Path, bytes]]:
        for name, content in self.files:
            content.seek(0)
            yield Path(name), content.read()


class Uploads:
    """The uploads of all people; safe for several threads.

    The contents are in files without a name, which the system frees when the process ends, however it ends. An upload
    is forgotten an hour after it was last looked at.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._uploads: dict[str, Upload] = {}

    def add(self, who: Person, files: Sequence[tuple[str, IO[bytes]]]) -> tuple[str, list[str]]:
        """Keep files.

        Returns:
            the number of the upload, and the faults for which nothing is kept.
        """
        names = _names([name for name, _content in files])
        faults = [fault for name in names if (fault := unknown_format(Path(name)))]
        if not files:
            faults = [_("Choose a file first.")]
        if len(files) > _MOST_FILES:
            faults = [_("At most {most} files at once.").format(most=_MOST_FILES)]
        if faults:
            return "", faults
        kept = []
        for name, (_given, content) in zip(names, files, strict=True):
            own = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the upload)
            while block := content.read(1 << 20):
                own.write(block)
            kept.append((name, own))
        number = secrets.token_urlsafe(16)
        with self._lock:
            self._uploads[number] = Upload(who, kept, used=self._clock())
            self._forget()
        return number, []

    def of(self, number: str, who: Person) -> Upload | None:
        """Return the upload of a number; None where there is none, or it is somebody else's."""
        with self._lock:
            self._forget()
            upload = self._uploads.get(number)
            if upload is None or upload.who != who:
                return None
            upload.used = self._clock()
            return upload

    def remove(self, number: str) -> None:
        """Drop an upload."""
        with self._lock:
            upload = self._uploads.pop(number, None)
        if upload is not None:
            upload.end("")

    def _forget(self) -> None:
        oldest_first = sorted(self._uploads, key=lambda number: self._uploads[number].used)
        late = [number for number in oldest_first if self._clock() - self._uploads[number].used > _IDLE_SECONDS]
        for number in {*late, *oldest_first[:-_MOST_UPLOADS]}:
            self._uploads.pop(number).end("")


def _names(given: Sequence[str]) -> list[str]:
    """Return names for messages: without folders and control characters, short, and each once."""
    names: list[str] = []
    for name in given:
        last = name.replace("\\", "/").rpartition("/")[2]
        shown = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip() or "file"
        stem, dot, suffix = shown.rpartition(".")
        short = f"{(stem or shown)[:_LONGEST_NAME]}{dot}{suffix[:8]}" if dot else shown[:_LONGEST_NAME]
        names.append(short if short not in names else f"{len(names) + 1}_{short}")
    return names
