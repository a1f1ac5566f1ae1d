"""A knowledge base in a JSON file or a folder of JSON files."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from faq_component.errors import FaqDataError
from faq_component.knowledge.checking import FaqReport, check_contents, check_faq, check_topics, faq_of, load_faq
from faq_component.knowledge.files import (
    Contents,
    edit_lock,
    faq_files,
    files_stamp,
    folder_of,
    read_files,
    replace_files,
)
from faq_component.knowledge.reader import FaqReader
from faq_component.knowledge.store.diff import FaqDiff
from faq_component.knowledge.store.file_form import dump_topics, topic_to_json
from faq_component.knowledge.store.types import Edit
from faq_component.knowledge.store.versions import Version, nothing_to_undo, undo_text
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _
from faq_component.support.files import write_atomically

if TYPE_CHECKING:
    from faq_component.knowledge.store.file_history import FileHistory

logger = logging.getLogger(__name__)


class FileStore:
    """A store in a JSON file or a folder of JSON files.

    An edit rewrites only the files, and in them only the topics, that it changes. A new topic goes into the file of the
    topic before it. The versions are kept in an SQLite file beside the files (`FileHistory`). The lock does not stop
    people from saving a file in their own editor at the same time.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._recorded = ""  # stamp of the files whose state the history has

    def stamp(self) -> str:
        """Return a token that changes with every edit, as `FaqStore.stamp`."""
        return files_stamp(self._path)

    def check(self, *, strict: bool = False, responses_required: bool = True) -> FaqReport:
        """Check the files, as `FaqStore.check`."""
        return check_faq(self._path, strict=strict, responses_required=responses_required)

    def load(self, *, responses_required: bool = True) -> Faq:
        """Load the files, as `FaqStore.load`."""
        return load_faq(self._path, responses_required=responses_required)

    def edit(self, edit: Edit, *, who: str, what: str) -> Faq:
        """Edit the files, as `FaqStore.edit`; without a change there is no new version."""
        with edit_lock(self._path):
            return self._edit(edit, who=who, what=what)

    def history(self, *, limit: int | None = None) -> list[Version]:
        """Return the last `limit` versions, as `FaqStore.history`; edits past the program are versions too."""
        if not self.exists():
            faq_of(self.check())  # says that there is nothing
        with edit_lock(self._path):
            stamp = self.stamp()
            found = self._history.versions(None if stamp == self._recorded else self.check().faq, limit=limit)
            self._recorded = stamp
            return found

    def diff(self, before: int, after: int) -> FaqDiff:
        """Compare two versions, as `FaqStore.diff`."""
        return self._history.diff(before, after)

    def at(self, number: int) -> Faq:
        """Return the knowledge base in a version, as `FaqStore.at`."""
        return self._history.at(number)

    def undo(self, *, who: str, to: int | None = None) -> Version | None:
        """Restore a version, as `FaqStore.undo`."""
        with edit_lock(self._path):
            (last,) = self._history.versions(self.load(), limit=1)
            if to is None and last.number == 1:
                raise nothing_to_undo(str(self._path))
            number = last.number - 1 if to is None else to
            target = self._history.at(number)
            now = self._edit(lambda _now: target, who=who, what=undo_text(number))
            (newest,) = self._history.versions(now, limit=1)
            return newest if newest.number > last.number else None

    def _edit(self, edit: Edit, *, who: str, what: str) -> Faq:
        contents = read_files(self._path)
        before = self._checked(contents)
        edited = dict(_write(contents, before, edit(before)))
        changed = {file: data for file, data in edited.items() if data != contents.files[file]}
        after = self._checked(Contents({**contents.files, **changed}, ()))
        if after.fingerprint == before.fingerprint:
            replace_files(folder_of(self._path), changed)
            return after
        with self._history.recorded(before, after, who=who, what=what):
            replace_files(folder_of(self._path), changed)
        logger.info("%s: %s, by %s", self._path, what, who)
        return after

    @property
    def _history(self) -> FileHistory:
        from faq_component.knowledge.store.file_history import FileHistory

        return FileHistory(self._path)

    def exists(self) -> bool:
        """Whether there is a file, as `FaqStore.exists`."""
        return bool(faq_files(self._path))

    def create(self, faq: Faq, *, who: str, what: str) -> Faq:
        """Create the file, as `FaqStore.create`; a place that does not end with ``.json`` is a folder with one file."""
        is_file = self._path.suffix == ".json"
        file = self._path if is_file else self._path / "faq.json"
        if not is_file and self._path.suffix and not self._path.is_dir():
            raise FaqDataError(
                [
                    _("{place}: a file of an FAQ ends with .json; give it such a name, or a folder").format(
                        place=self._path
                    )
                ]
            )
        created = check_topics(str(file), ((topic.title, topic_to_json(topic)) for topic in faq.topics)).checked()
        content = dump_topics({topic.title: topic_to_json(topic) for topic in created.topics})
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FaqDataError(
                [_("{place}: cannot be made: {reason}").format(place=file.parent, reason=error.strerror)]
            ) from error
        with edit_lock(self._path):
            if self.exists():
                raise FaqDataError(
                    [
                        _("{place}: there is an FAQ already; choose another place, or edit that one").format(
                            place=self._path
                        )
                    ]
                )
            write_atomically(file, content)
        logger.info("%s: %s, by %s", self._path, what, who)
        return created

    def _checked(self, contents: Contents) -> Faq:
        return check_contents(self._path, contents).checked()


def _write(contents: Contents, before: Faq, after: Faq) -> Iterator[tuple[Path, bytes]]:
    """Yield each changed file with its new content; unchanged topics keep their written form."""
    home = {topic.id: file for file in contents.files for topic in _topics_of(contents, file)}
    place = next(iter(contents.files))
    found: dict[Path, list[Topic]] = {file: [] for file in contents.files}
    for topic in after.topics:
        place = home.get(topic.id, place)
        found[place].append(topic)
    for file, topics in found.items():
        repeated = [title for title, count in Counter(topic.title for topic in topics).items() if count > 1]
        if repeated:
            raise FaqDataError(
                [
                    _("{file}: topic '{title}': two topics have this title; join them").format(file=file, title=title)
                    for title in repeated
                ]
            )
        if topics == _topics_of(contents, file):
            continue
        raw = json.loads(contents.files[file])
        written = {
            topic.title: raw[topic.title] if before.by_id.get(topic.id) == topic else topic_to_json(topic)
            for topic in topics
        }
        yield file, dump_topics(written)


def _topics_of(contents: Contents, file: Path) -> list[Topic]:
    reader = FaqReader(responses_required=True)
    reader.read(file, contents.files[file])
    return [located.topic for located in reader.topics]
