"""A knowledge base that was away or damaged and is as it was again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from faq_component.knowledge.checking import load_faq
from faq_component.knowledge.store import open_store
from faq_component.knowledge.versions import open_versions
from faq_component.settings import Settings


@pytest.mark.parametrize("kind", ["sqlite", "file"])
def test_what_is_as_it_was_again_is_not_reported_any_more(kind: str, tmp_path: Path) -> None:
    file = tmp_path / ("faq.sqlite" if kind == "sqlite" else "faq.json")
    place = f"sqlite:///{file}" if kind == "sqlite" else str(file)
    open_store(place).create(load_faq("data/faq"), who="test", what="create")
    versions = open_versions(Settings(faq=place, cache_dir=str(tmp_path / "cache")))
    copy = tmp_path / "copy"
    shutil.copy2(file, copy)
    for damage in (lambda: file.unlink(), lambda: file.write_bytes(b"no knowledge base" * 1000)):
        damage()
        versions.refresh()
        assert versions.faults
        shutil.copy2(copy, file)
        versions.refresh()
        assert not versions.faults
        assert versions.newest == load_faq("data/faq") or kind == "sqlite"
