"""The topics to look at, and where in the files their posts and responses stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from faq_component.knowledge import json_source
from faq_component.knowledge.checking import report_of
from faq_component.knowledge.files import read_files
from faq_component.knowledge.reader import FaqReader, LocatedTopic
from faq_component.knowledge.store import is_url, open_store
from faq_component.knowledge.topics import Topic


@dataclass(frozen=True)
class Entry:
    """A topic, and where it stands where the knowledge base is in files."""

    topic: Topic
    located: LocatedTopic | None = None

    @property
    def file(self) -> str | None:
        """The file of the topic."""
        return None if self.located is None else str(self.located.place)

    @property
    def line(self) -> int | None:
        """The line of the title."""
        return self._line([])

    def post_line(self, number: int) -> int | None:
        """The line of a post."""
        return self._line(self._path("post", number))

    def response_line(self, number: int) -> int | None:
        """The line of a response."""
        return self._line(self._path("resp", number))

    def _line(self, path: Sequence[int]) -> int | None:
        if self.located is None or self.located.source is None:
            return None
        return self.located.source.line_of([self.located.position, *path])

    def _path(self, key: str, number: int) -> list[int]:
        if self.located is None or self.located.source is None:
            return []
        _, value = _parsed(self.located.source.text)[self.located.position]
        if not isinstance(value, json_source.Pairs):  # a bare list of posts
            return [number]
        return [[name for name, _ in value].index(key), number]


def read_entries(place: str) -> tuple[list[Entry], Sequence[str]]:
    """The topics of a knowledge base, and its faults; a topic of faulty form is not among the topics.

    Raises:
        FaqDataError: there is none.
    """
    if is_url(place):
        report = open_store(place).check()
        topics = report.faq.topics if report.faq else ()
        return [Entry(topic) for topic in topics], report.faults
    if not Path(place).exists():
        return [Entry(topic) for topic in open_store(place).load().topics], []  # which says what is missing
    contents = read_files(Path(place))
    reader = FaqReader(responses_required=True, faults=list(contents.faults))
    for file, data in contents.files.items():
        reader.read(file, data)
    return [Entry(located.topic, located) for located in reader.topics], report_of(place, reader).faults


@lru_cache(maxsize=16)
def _parsed(source: str) -> Any:
    return json_source.parse(source)
