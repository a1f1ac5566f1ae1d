"""gunicorn's master process, replacing workers one after the other."""

from __future__ import annotations

import signal
from typing import Any

from gunicorn.arbiter import Arbiter


class RollingArbiter(Arbiter):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's arbiter, which on SIGHUP ends an old worker only when a new one is ready.

    gunicorn starts all new workers and ends all old ones at once: until the new ones have loaded, nobody answers. A
    worker says that it is ready by `FaqWorker.is_ready`. A new worker that cannot start is started again; until one
    can, the old workers go on.
    """

    def __init__(self, app: Any) -> None:
        self._outdated: set[int] = set()  # workers to be replaced
        self._leaving: set[int] = set()  # workers that have been told to end
        super().__init__(app)

    def reload(self) -> None:
        """Read the configuration again, and begin to replace the workers."""
        self.app.reload()
        self.setup(self.app)
        self.log.reopen_files()
        self.cfg.on_reload(self)
        self._outdated = set(self.WORKERS) - self._leaving
        self.log.info("Replacing %d workers, one after the other", len(self._outdated))
        self.manage_workers()

    def manage_workers(self) -> None:
        """Start the workers that are missing, end those that are too many, and replace at most one at a time."""
        self._outdated &= set(self.WORKERS)
        self._leaving &= set(self.WORKERS)
        active = sorted(set(self.WORKERS) - self._leaving, key=lambda pid: self.WORKERS[pid].age)
        if not self._outdated:
            for _missing in range(self.num_workers - len(active)):
                self.spawn_worker()
            for pid in active[: max(len(active) - self.num_workers, 0)]:
                self._end(pid)
        elif all(pid in self._outdated or self.WORKERS[pid].is_ready for pid in active):
            if len(active) > self.num_workers:
                self._end(next(pid for pid in active if pid in self._outdated))
            else:
                self.spawn_worker()

    def _end(self, pid: int) -> None:
        self._outdated.discard(pid)
        self._leaving.add(pid)
        self.kill_worker(pid, signal.SIGTERM)
