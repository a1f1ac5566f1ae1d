"""What is still to be sent: claimed by one worker at a time, and again by another where that one ends."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from faq_component.handover.damage import check_row
from faq_component.handover.tables import opened, writing
from faq_component.handover.types import ENDED
from faq_component.support.processes import Process

_LEASE_SECONDS = 60.0  # after which what a worker claimed is free again
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0  # seconds before the next try
_COLUMNS = "number, queue, handover, kind, message, at, attempts"
_NEXT = """SELECT job.number, queue, handover, kind, message, at, attempts, channel, conversation FROM jobs AS job
JOIN handovers ON handovers.id = job.handover
WHERE job.state = 'waiting' AND {queues} AND next <= ? AND until <= ? AND NOT EXISTS (
    SELECT 1 FROM jobs AS earlier
    WHERE earlier.state = 'waiting' AND earlier.queue = job.queue AND earlier.handover = job.handover
    AND earlier.number < job.number)
ORDER BY job.number"""


@dataclass(frozen=True)
class Job:
    """One thing to be sent.

    Args:
        number: the same at every try.
        queue: ``user``, or the name of an adapter.
        handover: id of its handover.
        kind: ``opened``, ``message`` or ``ended`` to an adapter; ``words``, ``joined`` or ``ended`` to the user.
        message: number of the message that it is about, or None.
        at: when there was something to send, in seconds since 1970.
        attempts: how often it has failed.
    """

    number: int
    queue: str
    handover: str
    kind: str
    message: int | None
    at: float
    attempts: int


Wants = Callable[[Job, str, str], bool]


class Jobs:
    """The jobs of a store, as one worker of it claims them.

    Jobs of one queue and handover are done in their order. A claim holds for a minute, but not longer than its process
    runs: what a worker that ends has claimed is done by another. Every method raises `HandoverStoreError` where the
    file cannot be used.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        process = Process.current()
        self._worker = json.dumps([process.host, process.pid, process.started, uuid.uuid4().hex])

    def claim(self, *, of_user: bool, wants: Wants | None = None) -> Job | None:
        """Claim the next job; None where there is none now.

        Args:
            of_user: whether it is one to the user, or of an adapter.
            wants: whether this worker does a job of a channel and a conversation; by default it does all. Others stay
                for other workers.
        """
        if not self._file.exists():
            return None
        now = time.time()
        wanted = _NEXT.format(queues="queue = 'user'" if of_user else "queue <> 'user'")
        with opened(self._file) as connection:
            abandoned = [worker for worker in _workers(connection, now) if _has_ended(worker)]
            if not abandoned and _first(connection, wanted, now, wants) is None:
                return None  # without a lock
        with writing(self._file) as connection:
            for worker in abandoned:
                connection.execute("UPDATE jobs SET until = 0 WHERE state = 'waiting' AND worker = ?", (worker,))
            job = _first(connection, wanted, now, wants)
            if job is not None:
                connection.execute(
                    "UPDATE jobs SET worker = ?, until = ? WHERE number = ?",
                    (self._worker, now + _LEASE_SECONDS, job.number),
                )
            return job

    def holds(self, job: Job) -> bool:
        """Whether this worker still holds a job that is not done; asking prolongs the claim."""
        with writing(self._file) as connection:
            changed = connection.execute(
                "UPDATE jobs SET until = ? WHERE number = ? AND state = 'waiting' AND worker = ?",
                (time.time() + _LEASE_SECONDS, job.number, self._worker),
            )
            return changed.rowcount == 1

    def waiting(self, handover: str) -> list[Job]:
        """Claim all jobs to the user of a handover, whoever holds them; only its conversation's lock allows that.

        An end that was given up is among them: the bot has to answer again.
        """
        with writing(self._file) as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM jobs "  # noqa: S608
                "WHERE (state = 'waiting' OR state = 'failed' AND kind = ?) AND queue = 'user' AND handover = ? "
                "ORDER BY number",
                (ENDED, handover),
            ).fetchall()
            connection.executemany(
                "UPDATE jobs SET state = 'waiting', worker = ?, until = ? WHERE number = ?",
                [(self._worker, time.time() + _LEASE_SECONDS, row["number"]) for row in rows],
            )
            for row in rows:
                check_row("jobs", dict(row))
            return [Job(**dict(row)) for row in rows]

    def finish(self, job: Job) -> None:
        """Note that a job is done."""
        self._change(job, "state = 'done'")

    def fail(self, job: Job) -> None:
        """Give a job up."""
        self._change(job, "state = 'failed'")

    def retry(self, job: Job) -> float:
        """Let a job be tried again; return after how many seconds."""
        pause = min(_FIRST_PAUSE * 2.0 ** min(job.attempts, 30), _LONGEST_PAUSE)
        self._change(job, "attempts = attempts + 1, until = 0, worker = '', next = ?", time.time() + pause)
        return pause

    def release(self, job: Job, seconds: float) -> None:
        """Leave a job to another worker, or to this one after some seconds."""
        self._change(job, "until = 0, worker = '', next = ?", time.time() + seconds)

    def _change(self, job: Job, what: str, *values: float) -> None:
        with writing(self._file) as connection:
            connection.execute(f"UPDATE jobs SET {what} WHERE number = ?", (*values, job.number))  # noqa: S608


def _first(connection: sqlite3.Connection, wanted: str, now: float, wants: Wants | None) -> Job | None:
    for row in connection.execute(wanted, (now, now)):
        *values, channel, conversation = row
        check_row("jobs", dict(row))
        job = Job(*values)
        if wants is None or wants(job, channel, conversation):
            return job
    return None


def _workers(connection: sqlite3.Connection, now: float) -> list[str]:
    rows = connection.execute("SELECT DISTINCT worker FROM jobs WHERE state = 'waiting' AND until > ?", (now,))
    found = [worker for (worker,) in rows]
    for worker in found:
        check_row("jobs", {"worker": worker})
    return found


def _has_ended(worker: str) -> bool:
    """Whether the process of a worker on this machine does not run any more."""
    host, pid, started, _id = json.loads(worker)
    return Process(host, pid, started).runs() is False


def add_jobs(
    connection: sqlite3.Connection, queues: Iterable[str], handover: str, kind: str, message: int | None = None
) -> None:
    """Add a job to each queue, in the transaction of what it is about."""
    connection.executemany(
        "INSERT INTO jobs (queue, handover, kind, message, at) VALUES (?, ?, ?, ?, ?)",
        [(queue, handover, kind, message, time.time()) for queue in queues],
    )
