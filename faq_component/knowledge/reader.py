"""Reader of FAQ files, which collects every fault with its place and does not stop at the first."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from faq_component.knowledge import bounds, json_source
from faq_component.knowledge.faults import Fault
from faq_component.knowledge.options import KEYS as OPTIONAL
from faq_component.knowledge.options import Options, read_options
from faq_component.knowledge.responses import Response, read_response, unknown_key
from faq_component.knowledge.topic_id import derive_topic_id, is_valid_topic_id
from faq_component.knowledge.topics import Topic
from faq_component.language import _
from faq_component.text import normalize

_KEYS = ("id", "post", "resp", *OPTIONAL)
_KEY_SHOWN = 80  # characters of an unknown key


@dataclass(frozen=True)
class LocatedTopic:
    """A topic and its place; its line is looked up only when a message needs it.

    `source` is None for a place without lines, such as a database.
    """

    topic: Topic
    place: Path | str
    source: json_source.Source | None
    position: int

    @property
    def line(self) -> int | None:
        """Line at which the topic begins, counted from 1; None where the place has no lines."""
        return None if self.source is None else self.source.line_of([self.position])

    @property
    def where(self) -> str:
        """File and line, or the place."""
        return str(self.place) if self.line is None else f"{self.place}:{self.line}"


@dataclass
class FaqReader:
    """Collects topics and faults from the files of one knowledge base."""

    responses_required: bool
    topics: list[LocatedTopic] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def read(self, file: Path, data: bytes) -> None:
        """Read a file's content into `topics`, and its faults into `faults`."""
        source = self._source(file, data)
        if source is None:
            return
        try:
            content = json_source.parse(source)
        except json.JSONDecodeError as error:
            self.faults.append(Fault(file, not_json(error), line=error.lineno))
            return
        except RecursionError:
            line = json_source.Source(source).line_deeper_than(json_source.DEEPEST)
            message = _("not an FAQ: nested too deeply; write {title: {post: [...], resp: [...]}}")
            self.faults.append(Fault(file, message, line=line))
            return
        if not isinstance(content, json_source.Pairs):
            self.faults.append(
                Fault(
                    file,
                    _("the file holds {kind}; write one object {{title: {{...}}}}").format(kind=_kind(content)),
                    line=1,
                )
            )
            return
        _TopicReader(self, file, json_source.Source(source)).read_all(content)

    def read_content(self, place: str, content: json_source.Pairs) -> None:
        """Read topics that are not in a file; `place` names their place in messages."""
        _TopicReader(self, place, None).read_all(content)

    def _source(self, file: Path, data: bytes) -> str | None:
        if data.startswith(b"\xef\xbb\xbf"):
            self.faults.append(
                Fault(file, _("begins with a byte order mark (BOM); save it as UTF-8 without BOM"), line=1)
            )
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.faults.append(
                Fault(
                    file, _("not UTF-8 (byte {number}); save the file as UTF-8").format(number=error.start), line=line
                )
            )
            return None


@dataclass
class _TopicReader:
    reader: FaqReader
    place: Path | str
    source: json_source.Source | None

    def fault(self, path: Sequence[int], title: str, message: str) -> None:
        line = None if self.source is None else self.source.line_of(path)
        self.reader.faults.append(Fault(self.place, message, line=line, topic=title))

    def read_all(self, content: json_source.Pairs) -> None:
        for position, (title, value) in enumerate(content):
            faults_before = len(self.reader.faults)
            topic = self._topic(position, title, value)
            if len(self.reader.faults) == faults_before:
                self.reader.topics.append(LocatedTopic(topic, self.place, self.source, position))

    def _topic(self, position: int, title: str, value: Any) -> Topic:
        if not normalize(title):
            self.fault([position], title, _("the title is empty; write one"))
        elif not bounds.is_encodable(title):
            self.fault([position], title, _("the title holds half a surrogate pair"))
            return Topic("", "", (), ())
        elif message := bounds.length_fault(title, bounds.TITLE):
            self.fault([position], title, _("the title {message}").format(message=message))
            return Topic("", "", (), ())
        if isinstance(value, list) and not isinstance(value, json_source.Pairs):
            if self.reader.responses_required:
                self.fault([position], title, _('is a bare list of posts; write {"post": [...], "resp": [...]}'))
            return Topic(derive_topic_id(title), title, self._texts([position], title, "post", value), ())
        if not isinstance(value, json_source.Pairs):
            self.fault(
                [position], title, _('is {kind}; write {{"post": [...], "resp": [...]}}').format(kind=_kind(value))
            )
            return Topic("", title, (), ())
        fields = self._fields(position, title, value)
        posts = self._field_texts(position, title, "post", fields, required=True)
        responses = self._responses(position, title, fields)
        options = self._options(position, title, fields)
        return Topic(self._id(position, title, fields), title, posts, responses, options)

    def _options(self, position: int, title: str, fields: dict[str, tuple[int, Any]]) -> Options:
        def fault(key: str, message: str) -> None:
            self.fault([position, fields[key.partition("[")[0]][0]], title, f"{key} {message}")

        given: dict[str, Any] = {}
        for key in OPTIONAL:
            if key not in fields:
                continue
            if message := bounds.value_fault(fields[key][1]):
                fault(key, message)
            else:
                given[key] = self._plain(fields[key][1], partial(fault, key))
        return read_options(given, fault)

    def _fields(self, position: int, title: str, value: json_source.Pairs) -> dict[str, tuple[int, Any]]:
        fields: dict[str, tuple[int, Any]] = {}
        for index, (key, item) in enumerate(value):
            if key not in _KEYS:
                close = difflib.get_close_matches(key[:_KEY_SHOWN].lower(), _KEYS, n=1, cutoff=0.5)
                self.fault([position, index], title, unknown_key(key[:_KEY_SHOWN], _KEYS, close[0] if close else None))
            elif key in fields:
                self.fault([position, index], title, _("key '{key}' appears twice; join the two").format(key=key))
            else:
                fields[key] = (index, item)
        return fields

    def _field_texts(
        self, position: int, title: str, key: str, fields: dict[str, tuple[int, Any]], *, required: bool
    ) -> tuple[str, ...]:
        if key not in fields:
            if required:
                self.fault([position], title, _("has no '{key}'; write at least one").format(key=key))
            return ()
        index, value = fields[key]
        return self._texts([position, index], title, key, value, required=required)

    def _responses(self, position: int, title: str, fields: dict[str, tuple[int, Any]]) -> tuple[Response, ...]:
        """Read responses: texts, and objects in Rasa's format."""
        index, value = fields.get("resp", (0, None))
        if not isinstance(value, list) or isinstance(value, json_source.Pairs):
            required = self.reader.responses_required
            return self._field_texts(position, title, "resp", fields, required=required)
        objects = {place: item for place, item in enumerate(value) if isinstance(item, json_source.Pairs)}
        responses: list[Response] = []
        texts = ["-" if place in objects else item for place, item in enumerate(value)]
        path = [position, index]
        for place, text in enumerate(self._texts(path, title, "resp", texts, required=self.reader.responses_required)):
            if place not in objects:
                responses.append(text)
                continue
            at = [*path, place]

            def fault(message: str, at: Sequence[int] = at, place: int = place) -> None:
                self.fault(at, title, f"resp[{place}] {message}")

            if message := bounds.value_fault(objects[place]):
                fault(message)
            else:
                responses.append(read_response(self._plain(objects[place], fault), fault))
        return tuple(responses)

    def _plain(self, value: Any, fault: Callable[[str], None]) -> Any:
        """Convert a value's objects to dictionaries; repeated keys are faults."""
        if isinstance(value, json_source.Pairs):
            times = Counter(key for key, _item in value)
            for key in sorted(key for key, count in times.items() if count > 1):
                fault(_("key '{key}' appears twice; join the two").format(key=key))
            return {key: self._plain(item, fault) for key, item in value}
        if isinstance(value, list):
            return [self._plain(item, fault) for item in value]
        return value

    def _texts(
        self, path: Sequence[int], title: str, key: str, value: Any, *, required: bool = True
    ) -> tuple[str, ...]:
        if not isinstance(value, list) or isinstance(value, json_source.Pairs):
            self.fault(path, title, _("'{key}' is {kind}; write a list of texts").format(key=key, kind=_kind(value)))
            return ()
        if required and not value:
            self.fault(path, title, _("'{key}' is an empty list; write at least one text").format(key=key))
        for number, text in enumerate(value):
            place = f"{key}[{number}]"
            if not isinstance(text, str):
                self.fault(
                    [*path, number],
                    title,
                    _("{place} is {kind}; write a text in quotes").format(place=place, kind=_kind(text)),
                )
            elif not bounds.is_encodable(text):
                self.fault(
                    [*path, number],
                    title,
                    _("{place} holds half a surrogate pair; retype the character").format(place=place),
                )
            elif not normalize(text):
                self.fault([*path, number], title, _("{place} is empty; write a text or remove it").format(place=place))
            elif message := bounds.length_fault(text, bounds.RESPONSE if key == "resp" else bounds.POST):
                self.fault([*path, number], title, f"{place} {message}")
        return tuple(value)

    def _id(self, position: int, title: str, fields: dict[str, tuple[int, Any]]) -> str:
        if "id" not in fields:
            return derive_topic_id(title)
        index, value = fields["id"]
        if not isinstance(value, str) or not is_valid_topic_id(value):
            shown = f"'{value[:_KEY_SHOWN]}'" if isinstance(value, str) else _kind(value)
            message = _("id is {value}; use 1 to 64 of a-z 0-9 _ -, first a letter or digit, without 'utter_'").format(
                value=shown
            )
            self.fault([position, index], title, message)
            return ""
        return value


def not_json(error: json.JSONDecodeError) -> str:
    """Describe why a text is not JSON, without the line."""
    return _("not JSON: {reason} at column {column}").format(reason=_(error.msg), column=error.colno)


def _kind(value: Any) -> str:
    """Name a JSON value of the wrong type for a message."""
    if isinstance(value, json_source.Pairs):
        return _("an object")
    names = {
        list: _("a list"),
        str: _("a text"),
        bool: _("true or false"),
        int: _("a number"),
        float: _("a number"),
    }
    return names.get(type(value), "null")
