"""Runs of test sets: asked, kept, and compared."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from faq_component.assistant.assistant import Assistant
from faq_component.errors import FaqError
from faq_component.evaluation.question_table import HitResult, TableQuestion, ask_all, compare
from faq_component.evaluation.test_sets.measures import Measures
from faq_component.evaluation.test_sets.sets import QuestionSet, require_name
from faq_component.language import _
from faq_component.settings import Settings
from faq_component.support.files import with_checksum, without_checksum, write_atomically
from faq_component.usage.events import now

logger = logging.getLogger(__name__)

MOST_RUNS = 200  # of a set; the oldest go first
_TUPLES = ("topics", "topic_ids")

Track = Callable[[Sequence[TableQuestion]], Iterable[TableQuestion]]


@dataclass(frozen=True)
class SetRun:
    """What the questions of a set got.

    Args:
        name: of the set.
        time: when it was asked, UTC, as events of the log bear it.
        version: of the FAQ that was asked (`Faq.version`).
        who: who asked.
        results: in the order of the set.
    """

    name: str
    time: str
    version: str
    who: str
    results: tuple[HitResult, ...]

    @property
    def measures(self) -> Measures:
        """The run in figures."""
        return Measures.of(self.results)

    def against(self, before: SetRun) -> SetRun:
        """Return the run with what each question got before, and what changed."""
        return SetRun(self.name, self.time, self.version, self.who, tuple(compare(self.results, before.results)))

    @property
    def changed(self) -> tuple[HitResult, ...]:
        """The results that `against` found changed."""
        return tuple(result for result in self.results if result.change)

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values."""
        return {**vars(self), "results": [_result_to_json(result) for result in self.results]}

    @classmethod
    def from_json(cls, value: Any) -> SetRun:
        """Read what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it has another form.
        """
        texts = {name: str(value[name]) for name in ("name", "time", "version", "who")}
        return cls(**texts, results=tuple(map(_result_of, value["results"])))


@dataclass(frozen=True)
class SetChanges:
    """What one FAQ changes on a set against another one.

    Args:
        name: of the set.
        before: the figures of the first.
        after: those of the second.
        changed: the questions of which something changed: better, worse, or otherwise.
    """

    name: str
    before: Measures
    after: Measures
    changed: tuple[HitResult, ...]


def ask(questions: QuestionSet, assistant: Assistant, *, who: str, track: Track = iter) -> SetRun:
    """Ask an assistant the questions of a set; `track` may show progress.

    Raises:
        FaqError: the set has no question.
    """
    if not questions.questions:
        raise FaqError(_("the test set '{name}' has no question yet; add some").format(name=questions.name))
    version = assistant.faq.version
    return SetRun(questions.name, now(), version, who, tuple(ask_all(assistant, questions.questions, track)))


def changes(questions: QuestionSet, before: Assistant, after: Assistant, track: Track = iter) -> SetChanges:
    """Ask two assistants, such as of the published FAQ and of a draft, and return what the second changes.

    Raises:
        FaqError: the set has no question.
    """
    first = ask(questions, before, who="", track=track)
    second = ask(questions, after, who="", track=track).against(first)
    return SetChanges(questions.name, first.measures, second.measures, second.changed)


class SetRuns:
    """The runs of all sets, each a JSON file in the cache folder.

    A damaged file is no run; a warning in the log names it.

    Args:
        settings: name the cache folder.
    """

    def __init__(self, settings: Settings) -> None:
        self._folder = Path(settings.cache_dir) / "test_runs"

    def keep(self, run: SetRun) -> None:
        """Keep a run, and the latest `MOST_RUNS` of its set with it.

        Raises:
            OSError: it cannot be written.
        """
        file = self._folder_of(run.name) / f"{run.time.replace(':', '')}.json"
        write_atomically(file, with_checksum(json.dumps(run.to_json(), ensure_ascii=False).encode()), private=True)
        for old in self._files(run.name)[MOST_RUNS:]:
            old.unlink(missing_ok=True)

    def of(self, name: str) -> Iterator[SetRun]:
        """The runs of a set, the latest first, each read when it is asked for."""
        for file in self._files(name):
            if run := _read(file):
                yield run

    def last(self, name: str) -> SetRun | None:
        """The latest run of a set; None where there is none."""
        return next(self.of(name), None)

    def remove(self, name: str) -> None:
        """Remove the runs of a set."""
        for file in self._files(name):
            file.unlink(missing_ok=True)

    def _files(self, name: str) -> list[Path]:
        return sorted(self._folder_of(name).glob("*.json"), reverse=True)

    def _folder_of(self, name: str) -> Path:
        require_name(name)
        return self._folder / name


def _read(file: Path) -> SetRun | None:
    try:
        content = without_checksum(file.read_bytes())
        if content is None:
            raise ValueError
        return SetRun.from_json(json.loads(content))
    except (OSError, ValueError, KeyError, TypeError):
        logger.warning("%s is damaged, and no run of a test set.", file)
        return None


def _result_to_json(result: HitResult) -> dict[str, Any]:
    return {name: value for name, value in vars(result).items() if name not in ("before", "change")}


def _result_of(value: Any) -> HitResult:
    known = {field.name for field in fields(HitResult)}
    given: dict[str, Any] = {
        name: tuple(item) if name in _TUPLES else item for name, item in value.items() if name in known
    }
    return HitResult(**given)
