"""The knowledge base of the swimming pool in a file, and applications and processes over it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from faq_component.settings import Settings
from tests.caches import warmed
from tests.pool import TOPICS

TOKEN = "a token of the tests"  # noqa: S105


def write_faq(folder: Path, topics: dict[str, Any] = TOPICS) -> Path:
    """The knowledge base in a file of its own."""
    file = folder / "pool.json"
    file.write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
    return file


def settings_in(folder: Path, **values: Any) -> Settings:
    """Settings over that knowledge base: recall by words, thresholds, nothing that has to be fitted."""
    warmed(folder / "cache")
    fixed = {"answer_threshold": 0.5, "clarify_threshold": 0.2, "margin": 0.2, "reload_seconds": 0.0}
    return Settings(
        faq=str(write_faq(folder)),
        **{"retriever": "keyword", "cache_dir": str(folder / "cache"), "log": "none", **fixed, **values},
    )
