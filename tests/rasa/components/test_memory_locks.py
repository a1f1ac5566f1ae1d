"""Locks in memory are of one process, whatever Rasa is told."""

from __future__ import annotations

import pytest
from rasa.shared.exceptions import InvalidConfigException

from faq_component.rasa import MemoryLocks


def test_several_workers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANIC_WORKERS", "2")
    with pytest.raises(InvalidConfigException, match=r"SANIC_WORKERS is 2.*RedisLocks as lock_store"):
        MemoryLocks()


@pytest.mark.parametrize("workers", [None, "1", "0", "many"])  # Rasa starts one
def test_one_is_not(workers: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SANIC_WORKERS", raising=False)
    if workers is not None:
        monkeypatch.setenv("SANIC_WORKERS", workers)
    MemoryLocks()
