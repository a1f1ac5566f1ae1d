"""The knowledge base: topics, each with the posts people write and the responses the bot gives."""

from __future__ import annotations

import difflib
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from faq_component import json_source
from faq_component.errors import FaqDataError
from faq_component.text import comparison_key, normalize
from faq_component.topic_id import derive_topic_id, is_valid_topic_id

logger = logging.getLogger(__name__)

_KEYS = ("id", "post", "resp")


@dataclass(frozen=True)
class Topic:
    """What people ask in one sense, and what is answered.

    `id` is ASCII and stable, `title` is what people see; `responses` is empty in a corpus made for measuring.
    """

    id: str
    title: str
    posts: tuple[str, ...]
    responses: tuple[str, ...]


@dataclass(frozen=True)
class Faq:
    """A checked knowledge base; `fingerprint` is the SHA-256 of its whole content."""

    topics: tuple[Topic, ...]
    fingerprint: str

    @classmethod
    def of(cls, topics: Iterable[Topic]) -> Faq:
        """Build from topics whose ids differ; raises `FaqDataError` where two are equal."""
        topics = tuple(topics)
        repeated = [topic_id for topic_id, count in Counter(topic.id for topic in topics).items() if count > 1]
        if repeated:
            raise FaqDataError([f"topic id '{topic_id}' is used more than once" for topic_id in repeated])
        content = json.dumps([[t.id, t.title, t.posts, t.responses] for t in topics], ensure_ascii=False)
        return cls(topics, hashlib.sha256(content.encode()).hexdigest())

    @cached_property
    def by_id(self) -> dict[str, Topic]:
        """The topics by their ids."""
        return {topic.id: topic for topic in self.topics}


@dataclass(frozen=True)
class FaqReport:
    """What `check_faq` found: every fault (the FAQ is refused), every warning, and the FAQ where there is no fault."""

    faq: Faq | None
    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def load_faq(path: str | Path, *, strict: bool = False, responses_required: bool = True) -> Faq:
    """Load a knowledge base from one JSON file or from all ``*.json`` files of a folder.

    The form is ``{title: {"post": [...], "resp": [...], "id": "..."}}``, ``id`` optional. With
    `responses_required` off, for measuring, ``resp`` may be absent or empty and ``{title: [posts]}`` is accepted.
    Warnings (the same post in two topics) are logged; with `strict` they are faults.

    Raises:
        FaqDataError: names every fault with file, line, topic and position.
    """
    report = check_faq(path, strict=strict, responses_required=responses_required)
    if report.faq is None:
        raise FaqDataError(report.faults)
    for warning in report.warnings:
        logger.warning(warning)
    return report.faq


def check_faq(path: str | Path, *, strict: bool = False, responses_required: bool = True) -> FaqReport:
    """Check a knowledge base and report everything at once; never raises for a faulty FAQ. See `load_faq`."""
    reader = _Reader(responses_required)
    for file in _files(Path(path), reader):
        reader.read(file)
    faults = [*reader.faults, *_repeated_topics(reader.topics)]
    warnings = _repeated_posts(reader.topics)
    if not faults and not reader.topics:
        faults.append(f"{path}: there is no topic in it; write at least one")
    if strict:
        faults, warnings = [*faults, *warnings], []
    faq = None if faults else Faq.of(located.topic for located in reader.topics)
    return FaqReport(faq, tuple(faults), tuple(warnings))


@dataclass(frozen=True)
class _Located:
    """A topic and where it stands; its line is looked up only when a message needs it."""

    topic: Topic
    file: Path
    source: str
    position: int

    @property
    def where(self) -> str:
        return f"{self.file}:{json_source.line_of(self.source, [self.position])}"


@dataclass
class _Reader:
    """Collects topics and faults over the files of one knowledge base."""

    responses_required: bool
    topics: list[_Located] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def read(self, file: Path) -> None:
        source = self._source(file)
        if source is None:
            return
        try:
            content = json_source.parse(source)
        except json.JSONDecodeError as error:
            self.faults.append(f"{file}:{error.lineno}: not JSON: {error.msg} at column {error.colno}")
            return
        except RecursionError:
            self.faults.append(f"{file}: not an FAQ: nested too deeply; write {{title: {{post: [...], resp: [...]}}}}")
            return
        if not isinstance(content, json_source.Pairs):
            self.faults.append(f"{file}:1: the file holds {_kind(content)}; write one object {{title: {{...}}}}")
            return
        _TopicReader(self, file, source).read_all(content)

    def _source(self, file: Path) -> str | None:
        try:
            data = file.read_bytes()
        except OSError as error:
            self.faults.append(f"{file}: cannot be read: {error.strerror}")
            return None
        if data.startswith(b"\xef\xbb\xbf"):
            self.faults.append(f"{file}:1: begins with a byte order mark (BOM); save it as UTF-8 without BOM")
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.faults.append(f"{file}:{line}: not UTF-8 (byte {error.start}); save the file as UTF-8")
            return None


@dataclass
class _TopicReader:
    reader: _Reader
    file: Path
    source: str

    def fault(self, path: Sequence[int], title: str, message: str) -> None:
        line = json_source.line_of(self.source, path)
        self.reader.faults.append(f"{self.file}:{line}: topic '{title}': {message}")

    def read_all(self, content: json_source.Pairs) -> None:
        for position, (title, value) in enumerate(content):
            faults_before = len(self.reader.faults)
            topic = self._topic(position, title, value)
            if len(self.reader.faults) == faults_before:
                self.reader.topics.append(_Located(topic, self.file, self.source, position))

    def _topic(self, position: int, title: str, value: Any) -> Topic:
        if not normalize(title):
            self.fault([position], title, "the title is empty; write one")
        elif not _is_encodable(title):
            self.fault([position], title.encode("utf-8", "replace").decode(), "the title holds half a surrogate pair")
            return Topic("", "", (), ())
        if isinstance(value, list) and not isinstance(value, json_source.Pairs):
            if self.reader.responses_required:
                self.fault([position], title, 'is a bare list of posts; write {"post": [...], "resp": [...]}')
            return Topic(derive_topic_id(title), title, self._texts([position], title, "post", value), ())
        if not isinstance(value, json_source.Pairs):
            self.fault([position], title, f'is {_kind(value)}; write {{"post": [...], "resp": [...]}}')
            return Topic("", title, (), ())
        fields = self._fields(position, title, value)
        posts = self._field_texts(position, title, "post", fields, required=True)
        responses = self._field_texts(position, title, "resp", fields, required=self.reader.responses_required)
        return Topic(self._id(position, title, fields), title, posts, responses)

    def _fields(self, position: int, title: str, value: json_source.Pairs) -> dict[str, tuple[int, Any]]:
        fields: dict[str, tuple[int, Any]] = {}
        for index, (key, item) in enumerate(value):
            if key not in _KEYS:
                close = difflib.get_close_matches(key.lower(), _KEYS, n=1, cutoff=0.5)
                hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(_KEYS)}"
                self.fault([position, index], title, f"unknown key '{key}'; {hint}")
            elif key in fields:
                self.fault([position, index], title, f"key '{key}' appears twice; join the two")
            else:
                fields[key] = (index, item)
        return fields

    def _field_texts(
        self, position: int, title: str, key: str, fields: dict[str, tuple[int, Any]], *, required: bool
    ) -> tuple[str, ...]:
        if key not in fields:
            if required:
                self.fault([position], title, f"has no '{key}'; write at least one")
            return ()
        index, value = fields[key]
        return self._texts([position, index], title, key, value, required=required)

    def _texts(
        self, path: Sequence[int], title: str, key: str, value: Any, *, required: bool = True
    ) -> tuple[str, ...]:
        if not isinstance(value, list) or isinstance(value, json_source.Pairs):
            self.fault(path, title, f"'{key}' is {_kind(value)}; write a list of texts")
            return ()
        if required and not value:
            self.fault(path, title, f"'{key}' is an empty list; write at least one text")
        for number, text in enumerate(value):
            place = f"{key}[{number}]"
            if not isinstance(text, str):
                self.fault([*path, number], title, f"{place} is {_kind(text)}; write a text in quotes")
            elif not _is_encodable(text):
                self.fault([*path, number], title, f"{place} holds half a surrogate pair; retype the character")
            elif not normalize(text):
                self.fault([*path, number], title, f"{place} is empty; write a text or remove it")
        return tuple(value)

    def _id(self, position: int, title: str, fields: dict[str, tuple[int, Any]]) -> str:
        if "id" not in fields:
            return derive_topic_id(title)
        index, value = fields["id"]
        if not isinstance(value, str) or not is_valid_topic_id(value):
            shown = f"'{value}'" if isinstance(value, str) else _kind(value)
            message = f"id is {shown}; use 1 to 64 of a-z 0-9 _ -, first a letter or digit, without 'utter_'"
            self.fault([position, index], title, message)
            return ""
        return value


def _files(path: Path, reader: _Reader) -> Iterator[Path]:
    if path.is_dir():
        files = sorted(file for file in path.glob("*.json") if file.is_file())
        if not files:
            reader.faults.append(f"{path}: the folder holds no *.json file; put the FAQ there")
        yield from files
    elif path.exists():
        yield path
    else:
        reader.faults.append(f"{path}: there is no such file or folder; check the setting 'faq'")


def _repeated_topics(located: Sequence[_Located]) -> Iterator[str]:
    titles: dict[str, _Located] = {}
    ids: dict[str, _Located] = {}
    for item in located:
        same_title = titles.setdefault(normalize(item.topic.title), item)
        same_id = ids.setdefault(item.topic.id, item)
        if same_title is not item:
            yield f"{item.where}: topic '{item.topic.title}': duplicate topic, first {same_title.where}; join the two"
        elif same_id is not item:
            yield (
                f"{item.where}: topic '{item.topic.title}': id '{item.topic.id}' is already used by topic "
                f"'{same_id.topic.title}' ({same_id.where}); give one of them another"
            )


def _repeated_posts(located: Sequence[_Located]) -> list[str]:
    first: dict[str, _Located] = {}
    warnings = []
    for item in located:
        for number, post in enumerate(item.topic.posts):
            other = first.setdefault(comparison_key(post), item)
            if other is not item:
                warnings.append(
                    f"{item.where}: topic '{item.topic.title}': post[{number}] '{post}' is also in topic "
                    f"'{other.topic.title}' ({other.where}); keep it in one of them"
                )
    return warnings


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= ch <= "\udfff" for ch in text)


def _kind(value: Any) -> str:
    """How a JSON value of the wrong type is named in a message."""
    if isinstance(value, json_source.Pairs):
        return "an object"
    names = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")
