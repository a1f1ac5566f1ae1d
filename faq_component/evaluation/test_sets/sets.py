"""Test sets: tables of questions with the topic that each should reach, in a folder of the project."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from faq_component.errors import FaqDataError, FaqError
from faq_component.evaluation.question_table import (
    EXPECTED,
    NO_TOPIC,
    QUESTION,
    TableQuestion,
    guess_columns,
    questions_of,
)
from faq_component.evaluation.sheets import read_rows, write_rows
from faq_component.knowledge.topics import Faq
from faq_component.language import N_, _
from faq_component.settings import Settings
from faq_component.support.files import locked_where_possible
from faq_component.text import comparison_key, normal_form

KIND = ".csv"
MOST_QUESTIONS = 5_000  # of a set
LONGEST_QUESTION = 1_000  # characters
_TITLE = N_("title")
_NAME = re.compile(r"\w[\w .()（）-]{0,59}")


@dataclass(frozen=True)
class QuestionSet:
    """A named set of questions.

    Args:
        name: of the set, and of its file without the ending.
        questions: each with the id of its topic, also of one that the FAQ does not have any more.
    """

    name: str
    questions: tuple[TableQuestion, ...]

    def adding(self, questions: Sequence[TableQuestion]) -> QuestionSet:
        """Return the set with more questions; one that it has already takes the new topic, in its old place.

        Raises:
            FaqDataError: there are too many, or one is too long or without a text.
        """
        kept = {comparison_key(question.text): question for question in self.questions}
        kept |= {comparison_key(question.text): question for question in questions}
        faults = [fault for question in questions if (fault := _fault(question.text))]
        if len(kept) > MOST_QUESTIONS:
            message = _("a test set has at most {most} questions, and these are {count}; make two of it")
            faults.append(message.format(most=MOST_QUESTIONS, count=len(kept)))
        if faults:
            raise FaqDataError(faults)
        return QuestionSet(self.name, tuple(kept.values()))


class QuestionSets:
    """The folder of test sets that the setting `test_sets` names: a CSV file for each, which Excel opens.

    A file has the columns `question`, `expected topic` (an id, or a title; `none` where no topic should answer) and
    `title`, which is for people only. `faq hit-test` reads it, as a table and by the name of the set.

    Args:
        settings: name the folder, and the one for what is derived.
    """

    def __init__(self, settings: Settings) -> None:
        self.folder = Path(settings.test_sets)
        self._lock = Path(settings.cache_dir) / "test_sets.lock"

    def names(self) -> list[str]:
        """Return the names of the sets, in their order."""
        return sorted(file.stem for file in self.folder.glob(f"*{KIND}") if is_name(file.stem))

    def has(self, name: str) -> bool:
        """Whether there is a set of this name."""
        return is_name(name) and self._file(name).is_file()

    def read(self, name: str, faq: Faq) -> QuestionSet:
        """Read a set; topics are looked for in the FAQ by id and title, and one that is not there keeps its name.

        Raises:
            FaqError: there is no such set, or its file cannot be read.
            FaqDataError: a row has no question; each is named.
        """
        if not self.has(name):
            raise FaqError(
                _("there is no test set '{name}' in {folder}; there are: {names}").format(
                    name=name, folder=self.folder, names=", ".join(self.names()) or _("none")
                )
            )
        rows = read_rows(self._file(name))
        questions, faults = questions_of(rows, guess_columns(rows), faq, with_gone=True)
        if faults:
            raise FaqDataError(faults)
        return QuestionSet(name, tuple(questions))

    def write(self, questions: QuestionSet, *, private: bool = False) -> None:
        """Write a set, atomically; one with questions of users is `private`: for this user alone, as their log is.

        Raises:
            FaqError: the name cannot be one of a set, or the file cannot be written.
        """
        require_name(questions.name)
        header = [_(QUESTION), _(EXPECTED), _(_TITLE)]
        rows = [_row(question) for question in questions.questions]
        write_rows(self._file(questions.name), header, rows, private=private)

    def edit(
        self, name: str, faq: Faq, edit: Callable[[QuestionSet], QuestionSet], *, private: bool = False
    ) -> QuestionSet:
        """Read, change and write a set, or a new one; of several writers none loses what another wrote.

        Args:
            name: of the set.
            faq: whose topics the questions have.
            edit: makes the new set of the one before.
            private: whether users' questions get into it, so that its file is for this user alone from now on.

        Raises:
            FaqError: the set cannot be read or written.
            FaqDataError: of `edit`, or of `read`; nothing was changed.
        """
        require_name(name)
        with locked_where_possible(self._lock):
            before = self.read(name, faq) if self.has(name) else QuestionSet(name, ())
            after = edit(before)
            self.write(after, private=private)
        return after

    def remove(self, name: str) -> None:
        """Remove a set; one that is not there is none."""
        if self.has(name):
            self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}{KIND}"


def is_name(name: str) -> bool:
    """Whether a set may have this name: it is a file's, and begins with a letter, a digit or a Chinese character."""
    return bool(_NAME.fullmatch(name)) and name == clean_name(name)


def clean_name(name: str) -> str:
    """Return a name as it was typed, without spaces around it and in one form of its characters."""
    return normal_form(name, "NFC").strip(" .")


def require_name(name: str) -> None:
    """Raise `FaqError` for a name that no set may have."""
    if not is_name(name):
        raise FaqError(
            _(
                "'{name}' cannot be the name of a test set; take at most 60 letters, digits, Chinese characters, "
                "spaces and - _ . ( ), a letter, digit or Chinese character first"
            ).format(name=name)
        )


def _row(question: TableQuestion) -> list[str]:
    if question.expected is None:
        return [question.text, "", ""]
    if not question.expected:
        return [question.text, _(NO_TOPIC), ""]
    return [question.text, question.topic_id or question.expected, question.expected]


def _fault(text: str) -> str:
    if not comparison_key(text):
        return _("'{text}': there is no question in it; write one").format(text=text)
    if len(text) > LONGEST_QUESTION:
        message = _("'{text} ...': has {count} characters; write at most {most}")
        return message.format(text=text[:20], count=len(text), most=LONGEST_QUESTION)
    return ""
