"""The file that the setting `words` names, with the files of words that it names, and edits of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from faq_component.dialogue.voice import file_stamp
from faq_component.dialogue.words import LONGEST, NO_WORDS, Folding, Passing, Side, WordList, Words
from faq_component.errors import WordsError
from faq_component.language import _, listed
from faq_component.yaml_text import load_yaml

logger = logging.getLogger(__name__)

MOST = 100_000  # words of a list
_MOST_BYTES = 20_000_000  # of a file of words
_MOST_FAULTS = 20  # that are named
_SIDES = {
    "user": (Passing.REFUSE, Passing.MASK, Passing.HAND_OVER),
    "bot": (Passing.REFUSE, Passing.MASK),
}

_Stamps = dict[Path, tuple[int, int]]


class LiveWords:
    """The words of a file, which is read again after an edit; no words without a file.

    A faulty edit is logged, and the words before it stay in use.

    Args:
        file: the setting `words`.
        simplify: whether traditional characters are compared as simplified ones.

    Raises:
        WordsError: the file is missing or faulty at the start.
    """

    def __init__(self, file: str | None, *, simplify: bool = False) -> None:
        self._file = Path(file) if file else None
        self._simplify = simplify
        self._words: Words = NO_WORDS
        self._stamps: _Stamps = {}
        if self._file:
            self._words, self._stamps = self._read(self._file)

    @property
    def current(self) -> Words:
        """The words as the file has them now."""
        if self._file and self._stamps != {file: file_stamp(file) for file in self._stamps}:
            try:
                self._words, self._stamps = self._read(self._file)
            except WordsError as error:
                self._stamps = {file: file_stamp(file) for file in self._stamps}
                logger.error("%s. The previous words stay in use.", error)
        return self._words

    def hide(self, text: str) -> str:
        """Return a user's text as it is kept and passed on: with stars for words of the lists `mask` and `refuse`."""
        return self.current.user.masked(text, Passing.MASK, Passing.REFUSE)

    def _read(self, file: Path) -> tuple[Words, _Stamps]:
        reading = _Reading(file, simplify=self._simplify)
        return reading.words(), reading.stamps


def read_words(file: str | Path, *, simplify: bool = False) -> Words:
    """Read a words file.

    Raises:
        WordsError: it is missing or faulty; `faults` has a sentence for each fault.
    """
    return _Reading(Path(file), simplify=simplify).words()


class _Reading:
    """One reading of a file and of those that it names."""

    def __init__(self, file: Path, *, simplify: bool) -> None:
        self._file = file
        self._folding = Folding(simplify=simplify)
        self._faults: list[str] = []
        self.stamps: _Stamps = {file: file_stamp(file)}  # taken before reading, so that no edit is missed

    def words(self) -> Words:
        content = self._content()
        self._unknown(content, _SIDES, "")
        sides = {name: self._side(name, content.get(name)) for name in _SIDES}
        if self._faults:
            raise WordsError(self._file, self._faults[:_MOST_FAULTS])
        return Words(**sides)

    def _content(self) -> Mapping[Any, Any]:
        text = self._text(self._file)
        try:
            content = load_yaml(text)
        except yaml.YAMLError as error:
            self._faults.append(_("it is not YAML: {reason}").format(reason=" ".join(str(error).split())))
            return {}
        return self._mapping(content, str(self._file.name), _SIDES)

    def _side(self, name: str, given: Any) -> Side:
        lists = self._mapping(given, name, [kind.value for kind in _SIDES[name]])
        self._unknown(lists, [kind.value for kind in _SIDES[name]], f"{name}.")
        found = {
            kind: WordList(self._list(f"{name}.{kind.value}", lists[kind.value]))
            for kind in _SIDES[name]
            if lists.get(kind.value) is not None
        }
        return Side(self._folding, {kind: words for kind, words in found.items() if len(words)})

    def _list(self, name: str, given: Any) -> list[str]:
        """Return the folded words of a list, or of the file that it names."""
        where = f"'{name}'"
        if isinstance(given, str):
            file = self._file.parent / given
            self.stamps[file] = file_stamp(file)
            where = str(file)
            lines = enumerate(self._text(file).splitlines(), 1)
            written = [(number, line) for number, line in lines if line.strip() and not line.startswith("#")]
        elif isinstance(given, list):
            written = list(enumerate(given, 1))
        else:
            self._faults.append(
                _("'{name}' must be a list of words, or the path of a text file with a word on each line").format(
                    name=name
                )
            )
            return []
        if len(written) > MOST:
            self._faults.append(
                _("{where} has {count:,} words; at most {most:,} are possible, so remove some").format(
                    where=where, count=len(written), most=MOST
                )
            )
            return []
        return [word for number, text in written if (word := self._word(where, number, text))]

    def _word(self, where: str, number: int, text: Any) -> str:
        word = self._folding.word(text) if isinstance(text, str) else ""
        if not word:
            self._faults.append(
                _("{where}: word {number} is '{word}', which holds no text; write it in quotation marks").format(
                    where=where, number=number, word=text
                )
            )
        elif len(word) > LONGEST:
            self._faults.append(
                _("{where}: word {number} has {count} characters; at most {most} are possible, so shorten it").format(
                    where=where, number=number, count=len(word), most=LONGEST
                )
            )
            return ""
        return word

    def _text(self, file: Path) -> str:
        try:
            if file.stat().st_size > _MOST_BYTES:
                self._faults.append(
                    _("{file} has more than {most:,} bytes; divide it").format(file=file, most=_MOST_BYTES)
                )
                return ""
            return file.read_text(encoding="utf-8-sig")
        except OSError as error:
            self._faults.append(
                _("{file} cannot be read ({reason}); correct its path").format(file=file, reason=error.strerror)
            )
        except UnicodeDecodeError:
            self._faults.append(_("{file} is not UTF-8; save it as UTF-8").format(file=file))
        return ""

    def _mapping(self, given: Any, name: str, known: Any) -> Mapping[Any, Any]:
        if given is None or isinstance(given, Mapping):
            return given or {}
        self._faults.append(
            _("'{name}' must have keys with values, of {known}").format(name=name, known=listed(list(known)))
        )
        return {}

    def _unknown(self, given: Mapping[Any, Any], known: Any, before: str) -> None:
        self._faults += [
            _("the key '{key}' is unknown; known are {known}").format(key=f"{before}{key}", known=listed(list(known)))
            for key in given
            if key not in known
        ]
