"""One knowledge base for the tests of a file, as they ask who may change it; accounts and sessions are each test's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from faq_component.studio.workbench import Workbench
from tests.studio.conftest import pool_workbench


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with pool_workbench(tmp_path_factory.mktemp("access")) as made:
        yield made
