"""The knowledge base of the swimming pool in a file, and applications and processes over it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from faq_component.retrieval.tokens import use_private_jieba_cache
from faq_component.settings import Settings
from faq_component.support.files import private_folder
from tests.pool import TOPICS
from tests.servers import ROOT

TOKEN = "a token of the tests"  # noqa: S105


def write_faq(folder: Path, topics: dict[str, Any] = TOPICS) -> Path:
    """The knowledge base in a file of its own."""
    file = folder / "pool.json"
    file.write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
    return file


def link_dictionary(cache: Path) -> None:
    """Put jieba's dictionary into a cache folder: making it from its text takes longer than the rest of a start."""
    made = ROOT / ".faq/jieba.cache"
    if not made.exists():
        use_private_jieba_cache(made.parent).initialize()
    if not (private_folder(cache) / made.name).exists():
        shutil.copy(made, cache)


def settings_in(folder: Path, **values: Any) -> Settings:
    """Settings over that knowledge base: recall by words, thresholds, nothing that has to be fitted."""
    link_dictionary(folder / "cache")
    fixed = {"answer_threshold": 0.5, "clarify_threshold": 0.2, "margin": 0.2, "reload_seconds": 0.0}
    return Settings(
        faq=str(write_faq(folder)),
        **{"retriever": "keyword", "cache_dir": str(folder / "cache"), "log": "none", **fixed, **values},
    )
