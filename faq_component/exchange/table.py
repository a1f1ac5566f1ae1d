"""A table of topics: rows to drafts, and topics to rows; shared by Excel, CSV, TSV and lists in JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from faq_component.errors import FaqDataError
from faq_component.exchange.cells import (
    Item,
    read_answers,
    read_lines,
    read_text,
    write_answer,
    write_exact,
    write_line,
)
from faq_component.exchange.columns import QUESTIONS, Column, Kind, columns_of, title_column
from faq_component.exchange.drafts import Draft, Drafts
from faq_component.knowledge.responses import response_to_json
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _, listed
from faq_component.text import normalize

HEADING_ROWS = 20  # the headings are looked for in so many rows


@dataclass(frozen=True)
class Row:
    """A row of texts.

    Args:
        number: as the file counts it, from 1.
        cells: text by column number, from 1.
        joined: columns whose cell is one with that of the row above (merged cells); they hold its text.
        spans: the last column of cells that are merged with the ones to their right.
        faults: what is wrong with a cell, by column number.
    """

    number: int
    cells: Mapping[int, str]
    joined: frozenset[int] = frozenset()
    spans: Mapping[int, int] = field(default_factory=dict)
    faults: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Rows, the file and the sheet where they stand; in a list of JSON rows are items, and columns have no letters."""

    file: str
    rows: Sequence[Row]
    sheet: str | None = None
    is_list: bool = False

    @property
    def name(self) -> str:
        """The file, with its sheet."""
        if self.sheet is None:
            return self.file
        return _("{file}: sheet '{sheet}'").format(file=self.file, sheet=self.sheet)

    def where(self, row: Row, column: Column | None = None) -> str:
        """The place of a row or of a cell."""
        message = _("{table}: row {number}") if self.sheet is None else _("{table}, row {number}")
        if self.is_list:
            message = _("{table}: item {number}")
        place = message.format(table=self.name, number=row.number)
        if column is None:
            return place
        message = _("{place}, '{heading}'") if self.is_list else _("{place}, column {letter} ({heading})")
        return message.format(place=place, letter=column.letter, heading=column.heading)


def read_table(table: Table, drafts: Drafts) -> bool:
    """Add the topics of a table; False where it has no row of headings in its first rows."""
    for at, row in enumerate(table.rows[:HEADING_ROWS]):
        headings = dict(row.cells)
        for first, last in row.spans.items():
            headings |= {number: headings[first] for number in range(first, last + 1) if first in headings}
        if columns := columns_of(headings):
            reader = _TableReader(table, columns, drafts)
            reader.note_left_out(headings)
            for following in table.rows[at + 1 :]:
                reader.read(following)
            return True
    return False


class _TableReader:
    def __init__(self, table: Table, columns: list[Column], drafts: Drafts) -> None:
        self.table = table
        self.columns = columns
        self.drafts = drafts
        self.naming = title_column(columns)
        self.current: Draft | None = None
        named = self.naming is not None and self.naming.kind is Kind.TITLE
        self.title_is_post = named and not any(c.kind in (Kind.STANDARD, Kind.QUESTION) for c in columns)

    def first(self, *kinds: Kind) -> Column | None:
        return next((column for column in self.columns if column.kind in kinds), None)

    def note_left_out(self, headings: Mapping[int, str]) -> None:
        """Say which columns are not read."""
        read = {c.number for c in self.columns if c.kind is not Kind.CATEGORY or c is self.naming}
        names = dict.fromkeys(" ".join(text.split()) for number, text in headings.items() if number not in read)
        if left_out := [name for name in names if name]:
            self.drafts.notes.append(
                _("{where}: not read: column {names}").format(where=self.table.name, names=listed(left_out))
            )

    def read(self, row: Row) -> None:
        faulty = [column for column in self.columns if column.number in row.faults]
        for column in faulty:
            where = self.table.where(row, column)
            self.drafts.faults.append(_("{where}: {message}").format(where=where, message=row.faults[column.number]))
        filled = [column for column in self.columns if normalize(row.cells.get(column.number, ""))]
        if not filled or faulty:
            return
        if self.is_heading(row, filled):
            self.drafts.notes.append(
                _("{where}: not read: a heading over several columns").format(where=self.table.where(row))
            )
            return
        before = self.current
        self.current = self.topic_of(row)
        if self.current is None:
            column = self.naming or self.columns[0]
            self.drafts.faults.append(
                _("{where}: is empty, and there is no topic above; write what it is about").format(
                    where=self.table.where(row, column)
                )
            )
            return
        for column in filled:
            if column.number not in row.joined or self.current is not before:
                self.add(self.current, row, column)

    def is_heading(self, row: Row, filled: Sequence[Column]) -> bool:
        """Whether the row is one merged cell across columns that mean different things."""
        if len(filled) != 1:
            return False
        first, last = filled[0].number, row.spans.get(filled[0].number, 0)
        return len({column.kind for column in self.columns if first <= column.number <= last}) > 1

    def topic_of(self, row: Row) -> Draft | None:
        """The topic that a row belongs to: that of its id or title, or the one above."""
        topic_id = self.text(row, self.first(Kind.ID))
        if self.naming is None:
            title = ""
        elif self.naming.kind in QUESTIONS:
            answered_above = any(c.kind is Kind.ANSWER and c.number in row.joined for c in self.columns)
            if answered_above and self.current and not topic_id:
                return self.current
            lines = read_lines(row.cells.get(self.naming.number, ""))
            title = str(lines[0].value) if lines else ""
        else:
            title = self.text(row, self.naming)
        if not title and not topic_id:
            return self.current
        where = self.table.where(row)
        draft = Draft(where, title, topic_id or None, self.lacks(row, *QUESTIONS), self.lacks(row, Kind.ANSWER))
        given = bool(title) and self.naming is not None and self.naming.kind not in QUESTIONS
        return self.drafts.topic(draft, title_is_given=given)

    def text(self, row: Row, column: Column | None) -> str:
        return read_text(row.cells.get(column.number, "")) if column else ""

    def lacks(self, row: Row, *kinds: Kind) -> str:
        column, answer = self.first(*kinds), Kind.ANSWER in kinds
        if column:
            message = _("{where}: is empty; write an answer") if answer else _("{where}: is empty; write a question")
            return message.format(where=self.table.where(row, column))
        message = _("{where}: there is no column of answers; add a column '{heading}'")
        if not answer:
            message = _("{where}: there is no column of questions; add a column '{heading}'")
        return message.format(where=self.table.where(row), heading=(Kind.ANSWER if answer else Kind.QUESTION).heading)

    def add(self, draft: Draft, row: Row, column: Column) -> None:
        """Add what a cell holds; what the topic has already is added again only where it is written exactly."""
        cell = row.cells[column.number]
        if column.kind in QUESTIONS:
            self.add_posts(draft, read_lines(cell))
        elif column.kind is Kind.TITLE and self.title_is_post:
            self.add_posts(draft, [Item(self.text(row, column))])
        elif column.kind is Kind.ANSWER:
            for item in read_answers(cell):
                if item.exact or item.value not in draft.responses:
                    self.drafts.response(draft, item.value, self.table.where(row, column))

    def add_posts(self, draft: Draft, items: Sequence[Item]) -> None:
        for item in items:
            if item.exact or item.value not in draft.posts:
                draft.posts.append(str(item.value))


def headings() -> tuple[str, ...]:
    """The headings that are written, in the language spoken; they are read in either."""
    return tuple(kind.heading for kind in (Kind.TITLE, Kind.ID, Kind.QUESTION, Kind.ANSWER))


def rows_of(faq: Faq, *, longest: int, name: str) -> Iterator[tuple[str, ...]]:
    """The topics as rows under `headings`: one post and one response per row, title and id in each.

    Raises:
        FaqDataError: a cell would be longer than the format's `longest`.
    """
    faults = []
    for topic in faq.topics:
        for cells in _rows_of(topic):
            if any(len(cell) > longest for cell in cells):
                length = max(map(len, cells))
                faults.append(
                    _(
                        "topic '{title}': a text takes {length} characters, {name} holds {longest} in a cell; "
                        "shorten it, or export to .json"
                    ).format(title=topic.title[:50], length=length, name=name, longest=longest)
                )
            yield cells
    if faults:
        raise FaqDataError(faults)


def _rows_of(topic: Topic) -> Iterator[tuple[str, ...]]:
    posts = [write_exact(p) if p in topic.posts[:at] else write_line(p) for at, p in enumerate(topic.posts)]
    responses = [
        write_exact(r) if isinstance(r, str) and r in topic.responses[:at] else write_answer(response_to_json(r))
        for at, r in enumerate(topic.responses)
    ]
    title = write_line(topic.title)
    for post, response in zip_longest(posts, responses, fillvalue=""):
        yield title, topic.id, post, response
