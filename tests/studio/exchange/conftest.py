from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from faq_component.assistant.assistant import Assistant
from faq_component.settings import Settings
from faq_component.studio.workbench import Workbench
from tests.service.faqs import TOPICS


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """One for all tests of a module: an import does not ask it."""
    folder = tmp_path_factory.mktemp("assistant")
    place = folder / "pool.json"
    place.write_text(json.dumps(TOPICS, ensure_ascii=False), "utf-8")
    with Assistant(Settings(faq=str(place), cache_dir=str(folder / "cache")), process="studio") as made:
        yield made


@pytest.fixture
def workbench(file: Path, tmp_path: Path, assistant: Assistant, in_the_checkout: None) -> Workbench:
    return Workbench(Settings(faq=str(file), cache_dir=str(tmp_path / "cache"), reload_seconds=0.1), assistant)
