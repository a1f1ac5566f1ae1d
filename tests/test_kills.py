"""What a writer that is killed leaves: as before or as after, for every kind of writing."""

from __future__ import annotations

import pytest

from benchmarks.kills import KINDS, kill_once

_NEEDS = {"conversations": "rasa", "fit": "torch"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_writer_leaves_no_damage(kind: str) -> None:
    if kind in _NEEDS:
        pytest.importorskip(_NEEDS[kind], reason=f"{_NEEDS[kind]} is not installed")
    assert kill_once(kind, seed=7) is None
