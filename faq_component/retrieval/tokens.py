"""Tokenizers of keyword retrieval: Chinese words from jieba, characters with their bigrams, or both."""

from __future__ import annotations

import logging
import marshal
import re
import sys
import unicodedata
import warnings
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from faq_component.errors import SettingsError
from faq_component.language import _
from faq_component.support.files import private_folder
from faq_component.text import key_of, normalize

_SIGNED = re.compile(r"[-+.$€£¥₩<>=≤≥±#]{0,9}[a-z0-9]+(?:[-+#/.&%‰<>=$]+[a-z0-9]+)*[-+#%‰$€£¥₩]*|(?<=[^\W_])\++")

_INNER_HYPHEN = re.compile("(?<=[a-z0-9])-(?=[a-z0-9])")

Tokenizer = Callable[[str], list[str]]
"""Splits a normalised text into tokens."""


def use_private_jieba_cache(folder: str | Path) -> Any:
    """Return jieba's shared tokenizer, with its cache in `folder`, which is created with mode 0700.

    By default jieba unmarshals a file from the shared temporary folder, where another user can put one. Rasa's
    JiebaTokenizer uses the same shared tokenizer, so the dictionary is in memory once.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba imports pkg_resources, which is deprecated
        import jieba

    jieba.setLogLevel(logging.WARNING)
    path = private_folder(folder)
    jieba.dt.tmp_dir = str(path.resolve())
    jieba.dt.cache_file = "jieba.cache"
    return jieba.dt


def forget_jieba_dictionary() -> None:
    """Free the 100 MB of jieba's dictionary in a process that seldom needs it; the next use loads it again."""
    jieba = sys.modules.get("jieba")
    if jieba is not None and jieba.dt.initialized:
        with jieba.dt.lock:
            jieba.dt.FREQ, jieba.dt.total, jieba.dt.initialized = {}, 0, False


def _read_dictionary(jieba: Any) -> None:
    """Read the dictionary from its cache at once; jieba reads the file value by value, in four times the time.

    Where there is no cache, or a damaged one, jieba makes both on the first use.
    """
    with jieba.lock:
        if not jieba.initialized:
            try:
                content = Path(jieba.tmp_dir, jieba.cache_file).read_bytes()
                jieba.FREQ, jieba.total = marshal.loads(content)  # noqa: S302 -- in a folder of this user alone
            except (OSError, ValueError, TypeError, EOFError):
                return
            jieba.initialized = True


class JiebaWords:
    """Splits a normalised text into words, and adds those that have signs (`words_with_signs`).

    Other tokens without a letter, digit or Chinese character are left out.

    Args:
        cache_dir: private folder for jieba's dictionary cache.
        search: also return the subwords of long words.
        user_dictionary: file in jieba's format, a word per line with optional frequency and tag.

    Raises:
        SettingsError: the user dictionary cannot be read.
    """

    def __init__(self, cache_dir: str | Path, *, search: bool = True, user_dictionary: str | None = None) -> None:
        jieba = use_private_jieba_cache(cache_dir)
        _read_dictionary(jieba)
        if user_dictionary is not None:
            for word in read_word_list(user_dictionary, "user_dictionary"):
                term, *rest = word.split()
                frequency = int(rest[0]) if rest and rest[0].isdigit() else None
                jieba.add_word(normalize(term), frequency)
        self._cut = jieba.lcut_for_search if search else jieba.lcut
        self._lock = jieba.lock  # of the dictionary, which another thread may free (`forget_jieba_dictionary`)

    def __call__(self, text: str) -> list[str]:
        """Split a normalised text into words."""
        with self._lock:
            cut = self._cut(text)
        words = [word for word in cut if any(map(_is_word_character, word))]
        return words + [word for word in words_with_signs(text) if word not in words]


def characters_and_bigrams(text: str) -> list[str]:
    """Split a normalised text into Chinese characters and their bigrams; Latin words and numbers stay whole.

    Words with signs come last, whole, beside their parts (`words_with_signs`).

    >>> characters_and_bigrams("换iphone15手机"), characters_and_bigrams("学c++")
    (['换', 'iphone15', '手', '手机', '机'], ['学', 'c', 'c++'])
    """
    tokens: list[str] = []
    previous = ""  # the Chinese character just before, if any
    word = ""  # the Latin word or number that is being read
    for char in [*text, " "]:
        is_word = _is_word_character(char)
        wide = is_word and unicodedata.east_asian_width(char) in "WF"
        if word and (wide or not is_word):
            tokens.append(word)
            word = ""
        if wide:
            if previous:
                tokens.append(previous + char)
            tokens.append(char)
            previous = char
        else:
            previous = ""
            word += char if is_word else ""
    return tokens + words_with_signs(text)


def words_with_signs(text: str) -> list[str]:
    """Return the words and numbers of a normalised text that have signs, which are part of them (`comparison_key`).

    A hyphen between letters and digits is left out, since people write K2-300 and K2300.

    >>> words_with_signs("c++和k2-300, 减10%, -5度")
    ['c++', 'k2300', '10%', '-5']
    """
    if text.isalnum():
        return []
    words = [word for part in text.split() for word in _SIGNED.findall(key_of(part)) if not word.isalnum()]
    return [_INNER_HYPHEN.sub("", word) if any(map(str.isalpha, word)) else word for word in words]


class WithoutStopWords:
    """Removes stop words, unless the text has no other words, so that such a question can still be found."""

    def __init__(self, tokenize: Tokenizer, stop_words: Collection[str]) -> None:
        self._tokenize = tokenize
        self._stop_words = frozenset(map(normalize, stop_words))

    def __call__(self, text: str) -> list[str]:
        """Tokenise a normalised text without stop words."""
        tokens = self._tokenize(text)
        return [token for token in tokens if token not in self._stop_words] or tokens


def read_word_list(path: str, setting: str) -> list[str]:
    """Read the lines of a text file without blank ones and comments (``#``).

    Raises:
        SettingsError: the file cannot be read; `setting` is the setting that names it.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            _("setting '{setting}': {path} cannot be read as UTF-8 text ({error}); mend it").format(
                setting=setting, path=path, error=error
            )
        ) from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _is_word_character(char: str) -> bool:
    return unicodedata.category(char)[0] in "LN"
