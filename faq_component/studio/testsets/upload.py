"""A table that becomes a test set: from a file or the log, with its columns and what is wrong in its rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from faq_component.errors import FaqError
from faq_component.evaluation.question_table import Columns, TableQuestion, guess_columns, questions_of
from faq_component.evaluation.sheets import Cell, rows_of
from faq_component.evaluation.test_sets.sets import MOST_QUESTIONS
from faq_component.knowledge.topics import Faq
from faq_component.language import _
from faq_component.text import comparison_key
from faq_component.usage.labels import labels_of
from faq_component.usage.log import UsageLog

_MOST_COLUMNS = 8  # of a file that are looked at
_MOST_BYTES = 1_500_000  # of the rows, which the form carries from the preview to the end
_MOST_NAME = 40  # characters of a file's name, in faults


@dataclass(frozen=True)
class Upload:
    """The rows of a table, which the pages hand on as JSON, and which columns are used.

    Args:
        rows: with the headings.
        columns: which of them hold what.
    """

    rows: Sequence[Sequence[Cell]]
    columns: Columns

    @classmethod
    def of_file(cls, name: str, data: bytes) -> Upload:
        """Read a file, and guess its columns.

        Raises:
            FaqError: it cannot be read, or is too large.
            FaqDataError: cells hold errors of Excel; each is named.
        """
        rows = [row[:_MOST_COLUMNS] for row in rows_of(PurePath(name).name[-_MOST_NAME:], data)]
        upload = cls(rows, guess_columns(rows))
        if len(rows) > MOST_QUESTIONS + 1 or len(upload.to_json().encode()) > _MOST_BYTES:
            message = _("the file is too large: at most {most} questions; take out columns that are not needed")
            raise FaqError(message.format(most=MOST_QUESTIONS))
        return upload

    @classmethod
    def of_log(cls, log: UsageLog, faq: Faq, *, with_posts: bool) -> Upload:
        """Take the questions whose topic users or reviewers have named, the latest ones, each once.

        Args:
            log: of what was asked.
            faq: whose topics they are to have; questions of others are left out.
            with_posts: whether to take those that are phrasings by now, which are answered in any case.

        Raises:
            UsageLogError: the log cannot be read.
        """
        posts = {comparison_key(post) for topic in faq.topics for post in topic.posts}
        known = {
            comparison_key(label.text): label
            for label in labels_of(log.events())
            if not label.refused and (not label.topic or label.topic in faq.by_id)
        }
        taken = [label for key, label in known.items() if with_posts or key not in posts][-MOST_QUESTIONS:]
        rows = [[Cell(label.text, ""), Cell(label.topic or "none", "")] for label in taken]
        return cls(rows, Columns(0, 1, headed=False))

    @classmethod
    def of_json(cls, text: str, columns: Columns) -> Upload:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it has another form.
        """
        try:
            rows = [[Cell(str(value), str(where)) for value, where in row] for row in json.loads(text)]
        except (TypeError, RecursionError) as error:
            raise ValueError from error
        if not all(rows):
            raise ValueError
        return cls(rows, columns)

    def to_json(self) -> str:
        """Return the rows as JSON."""
        return json.dumps([[[cell.text, cell.where] for cell in row] for row in self.rows], ensure_ascii=False)

    @property
    def headings(self) -> list[str]:
        """A name for each column: its heading, or its first text."""
        widest = max(self.rows, key=len, default=())
        first = self.rows[0] if self.rows else ()
        return [
            (first[at].text if at < len(first) else "")[:40] or _("column {number}").format(number=at + 1)
            for at in range(len(widest))
        ]

    def questions(self, faq: Faq) -> tuple[list[TableQuestion], list[str]]:
        """Return the questions of the rows without a fault, and the faults."""
        return questions_of(self.rows, self.columns, faq)
