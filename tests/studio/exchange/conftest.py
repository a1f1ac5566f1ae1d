from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from faq_component.settings import Settings
from faq_component.studio.workbench import Workbench
from tests.caches import warmed
from tests.pool import TOPICS


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """One for all tests of a module: its assistant takes seconds to start, and an import does not ask it."""
    folder = tmp_path_factory.mktemp("workbench")
    place = folder / "pool.json"
    place.write_text(json.dumps(TOPICS, ensure_ascii=False), "utf-8")
    places = {"cache_dir": "cache", "log": "usage.sqlite", "test_sets": "test_sets"}
    settings = Settings(faq=str(place)).override(**{name: str(folder / part) for name, part in places.items()})
    warmed(settings.cache_dir)
    with Workbench(settings) as workbench:
        yield workbench


@pytest.fixture
def workbench(opened: Workbench) -> Workbench:
    """The draft is as published."""
    published = opened.live
    opened.change_all(lambda _faq: published, {}, who="li", what="x")
    return opened


@pytest.fixture
def file(workbench: Workbench) -> Path:
    return Path(workbench.settings.faq)
