"""What `make test-fast` leaves out is still there."""

from __future__ import annotations

import pytest

from tests.conftest import HEAVY, LONGEST
from tests.servers import ROOT


@pytest.mark.parametrize("path", [*HEAVY, *LONGEST])
def test_what_is_named_is_there(path: str) -> None:
    assert (ROOT / path).exists()
