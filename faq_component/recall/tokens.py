"""Chinese words from jieba, whose dictionary cache is kept in a private folder."""

from __future__ import annotations

import logging
import unicodedata
import warnings
from pathlib import Path
from typing import Any

from faq_component.text import normalize


def use_private_jieba_cache(folder: str | Path) -> Any:
    """Jieba's shared tokenizer, told to keep its cache in `folder` (mode 0700, made if need be); returns it.

    By default jieba unmarshals a file from the shared temporary folder, where another user can put one. The shared
    tokenizer is used on purpose: Rasa's JiebaTokenizer uses it too, so the dictionary is in memory once.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba imports pkg_resources, which is deprecated
        import jieba

    jieba.setLogLevel(logging.WARNING)
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    jieba.dt.tmp_dir = str(path.resolve())
    jieba.dt.cache_file = "jieba.cache"
    return jieba.dt


class JiebaWords:
    """Splits a text into lower-case words for keyword search.

    Long words also give their parts (jieba's search mode); tokens without a letter, digit or Chinese character are
    left out.
    """

    def __init__(self, cache_dir: str | Path) -> None:
        self._jieba = use_private_jieba_cache(cache_dir)

    def __call__(self, text: str) -> list[str]:
        """The words of a text."""
        words = self._jieba.lcut_for_search(normalize(text))
        return [word for word in words if any(unicodedata.category(ch)[0] in "LN" for ch in word)]
