"""The file of a draft: its changes, and what is planned and has become of them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faq_component.errors import FaqDataError
from faq_component.knowledge.faults import Fault
from faq_component.language import N_, _
from faq_component.studio.drafts.changes import Change, Changes, by_id
from faq_component.support.files import locked, private_folder, with_checksum, without_checksum, write_atomically
from faq_component.usage.events import now

_FILE, _LOCK = "state.json", "state.lock"
_FORMAT = 1
_MOST_DISCARDED, _MOST_NOTICES = 20, 20

# The sentences of notices, each with the values that it names.
PUBLISHED = N_("“{what}” was published as planned, for {due}.")
PUBLISHED_LATE = N_("“{what}” was planned for {due}, when the studio was not running; it was published at {time}.")
FAILED = N_("“{what}” was planned for {due} and could not be published. The changes are still in the draft: {reason}")
INTERRUPTED = N_("Publishing “{what}” was interrupted at {time}; nothing of it is live. Publish again.")
COMPLETED = N_("Publishing “{what}” was interrupted at {time}; all of it is live.")
DAMAGED = N_("The draft was damaged. It is kept in {file}; the studio has begun a new one from the published FAQ.")
GONE_LIVE = N_("Somebody has published the same elsewhere: {titles}. The draft no longer lists it.")


@dataclass(frozen=True)
class Discarded:
    """Changes that were taken out of the draft, and can be put back.

    Args:
        changes: as they were.
        who: took them out.
        time: UTC, ISO 8601.
    """

    changes: tuple[Change, ...]
    who: str
    time: str


@dataclass(frozen=True)
class Plan:
    """Changes to be published at a time: those that the draft had when it was planned.

    Args:
        due: UTC, ISO 8601.
        zone: name of the time zone in which the time was given.
        who: planned it.
        what: description of the version.
        changes: that are published; later edits of the draft are not.
    """

    due: str
    zone: str
    who: str
    what: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Publishing:
    """A publishing that has begun; after a kill it is known whether it was completed.

    Args:
        fingerprint: of the FAQ that is to be live.
        what: description of the version.
        time: UTC, ISO 8601.
        changes: that are published.
    """

    fingerprint: str
    what: str
    time: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Notice:
    """Something that happened while nobody looked.

    Args:
        message: a sentence of this module, in English.
        values: that it names; times are ISO 8601.
        is_good: whether all went well.
    """

    message: str
    values: dict[str, str]
    is_good: bool


@dataclass(frozen=True)
class State:
    """All that the studio keeps of a draft."""

    changes: Changes = field(default_factory=dict)
    discarded: tuple[Discarded, ...] = ()
    plan: Plan | None = None
    publishing: Publishing | None = None
    notices: tuple[Notice, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values."""
        return {
            "format": _FORMAT,
            "changes": _listed(self.changes.values()),
            "discarded": [{**vars(one), "changes": _listed(one.changes)} for one in self.discarded[-_MOST_DISCARDED:]],
            "plan": self.plan and {**vars(self.plan), "changes": _listed(self.plan.changes)},
            "publishing": self.publishing and {**vars(self.publishing), "changes": _listed(self.publishing.changes)},
            "notices": [vars(notice) for notice in self.notices[-_MOST_NOTICES:]],
        }

    @classmethod
    def of_json(cls, content: dict[str, Any]) -> State:
        """Read what `to_json` wrote."""
        plan, publishing = content["plan"], content["publishing"]
        return cls(
            by_id(_changes(content["changes"])),
            tuple(Discarded(**_with_changes(one)) for one in content["discarded"]),
            Plan(**_with_changes(plan)) if plan else None,
            Publishing(**_with_changes(publishing)) if publishing else None,
            tuple(Notice(**notice) for notice in content["notices"]),
        )


class StateFile:
    """The file of a state, which several processes read and write.

    Args:
        folder: that holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._file, self._lock = folder / _FILE, folder / _LOCK

    def stamp(self) -> str:
        """Return a token that changes with every write."""
        with contextlib.suppress(OSError):
            status = self._file.stat()
            return f"{status.st_ino} {status.st_size} {status.st_mtime_ns}"
        return "none"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock, for reading and then writing.

        Raises:
            FaqDataError: the folder cannot be written.
        """
        try:
            private_folder(self._lock.parent)
            with locked(self._lock):
                yield
        except OSError as error:
            raise FaqDataError([Fault(self._file, _cannot_write(error))]) from error

    def read(self) -> State:
        """Return the state; a damaged file is set aside under another name, and a notice says so.

        The caller holds the lock.

        Raises:
            FaqDataError: the file cannot be read, or is of a newer program.
        """
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return State()
        except OSError as error:
            reason = _("cannot be read: {reason}").format(reason=error.strerror)
            raise FaqDataError([Fault(self._file, reason)]) from error
        content = without_checksum(data)
        if content is None:
            return self._set_aside()
        values = json.loads(content)
        if values["format"] > _FORMAT:
            raise FaqDataError([Fault(self._file, _("is of a newer rasa-faq; update this one"))])
        return State.of_json(values)

    def write(self, state: State) -> None:
        """Write the state; the caller holds the lock.

        Raises:
            OSError: it cannot be written; the state before stays.
        """
        data = json.dumps(state.to_json(), ensure_ascii=False).encode("utf-8", "surrogatepass")
        write_atomically(self._file, with_checksum(data), private=True)

    def _set_aside(self) -> State:
        moment = now().replace(":", "").replace(".", "")
        kept = self._file.with_name(f"damaged-{moment}.json")
        self._file.rename(kept)
        state = State(notices=(Notice(DAMAGED, {"file": str(kept)}, is_good=False),))
        self.write(state)
        return state


def _cannot_write(error: OSError) -> str:
    return _("cannot be written: {reason}; check its permissions and the disk").format(reason=error.strerror)


def _listed(changes: Any) -> list[dict[str, Any]]:
    return [change.to_json() for change in changes]


def _changes(content: list[dict[str, Any]]) -> tuple[Change, ...]:
    return tuple(map(Change.of_json, content))


def _with_changes(content: dict[str, Any]) -> dict[str, Any]:
    return {**content, "changes": _changes(content["changes"])}
