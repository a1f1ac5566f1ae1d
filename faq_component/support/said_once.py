"""Faults that last: said once in the log, and again when they come back after it went well."""

from __future__ import annotations

import logging


class SaidOnce:
    """Says of each task its fault once, until the task goes well or fails otherwise.

    Args:
        logger: which says it.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._said: dict[str, str] = {}

    def error(self, task: str, fault: str, *, trace: BaseException | None = None) -> None:
        """Say the fault of a task, with its traceback where it was not foreseen."""
        if self._said.get(task) != fault:
            self._said[task] = fault
            self._logger.error("%s", fault, exc_info=trace)

    def well(self, task: str) -> None:
        """Note that a task has gone well."""
        self._said.pop(task, None)
