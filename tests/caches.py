"""What each start makes alike in a new cache folder, made once for all tests."""

from __future__ import annotations

import fcntl
import shutil
from functools import lru_cache
from pathlib import Path

from faq_component.assistant.assistant import Assistant
from faq_component.knowledge.checking import check_topics
from faq_component.retrieval.tokens import forget_jieba_dictionary, use_private_jieba_cache
from faq_component.settings import Settings
from faq_component.support.files import private_folder
from tests.pool import TOPICS
from tests.servers import ROOT

MADE = ROOT / ".faq/tests"
FILES = ("jieba.cache", "vectors.sqlite")


def warmed(cache: str | Path) -> str:
    """Put jieba's dictionary and the vectors of out-of-domain sentences into a cache folder; returns the folder.

    Making them takes three seconds, which is most of a start, and tests start hundreds of assistants.
    """
    folder = private_folder(cache)
    for file in _made():
        if not (folder / file.name).exists():
            shutil.copy(file, folder)
    return str(folder)


@lru_cache(maxsize=1)
def _made() -> list[Path]:
    with (private_folder(MADE) / "lock").open("w") as lock:  # the processes that run the tests share the files
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (MADE / "jieba.cache").exists():
            forget_jieba_dictionary()  # else jieba writes none
            use_private_jieba_cache(MADE).initialize()
        faq = check_topics("the pool", list(TOPICS.items())).checked()
        Assistant.over(faq, Settings(cache_dir=str(MADE), log="none", reload_seconds=0.0)).decide("几点开门呀")
    return [MADE / name for name in FILES]
