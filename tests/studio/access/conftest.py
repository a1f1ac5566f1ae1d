"""One knowledge base for the tests of a file, as they ask who may change it; accounts and sessions are each test's."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from faq_component.settings import Settings
from faq_component.studio.workbench import Workbench
from tests.service.faqs import TOPICS


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    folder = tmp_path_factory.mktemp("access")
    file = folder / "pool.json"
    file.write_text(json.dumps(TOPICS, ensure_ascii=False), "utf-8")
    places = {name: str(folder / name) for name in ("cache_dir", "log", "test_sets")}
    with Workbench(Settings(faq=str(file), reload_seconds=0.1).override(**places)) as made:
        yield made
