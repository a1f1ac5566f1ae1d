"""A table of topics, as Excel, CSV, TSV and lists in JSON hold it: rows, and the reading of their cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from faq_component.exchange.answer_text import cell_as_meant
from faq_component.exchange.cell_values import read_flag, read_moment, read_period
from faq_component.exchange.cells import Item, is_exact, read_answers, read_lines, read_text
from faq_component.exchange.columns import (
    QUESTIONS,
    Column,
    Kind,
    columns_of,
    heading_key,
    is_enough,
    is_like_heading,
    letter_of,
)
from faq_component.exchange.drafts import Drafts
from faq_component.exchange.entries import Entry
from faq_component.exchange.lead_cells import read_follow, read_related
from faq_component.exchange.mending import mended
from faq_component.exchange.product import Product, kind_in, product_of
from faq_component.exchange.remarks import Did
from faq_component.exchange.rows import Row, SeenTable, Table
from faq_component.exchange.separators import announced, divides_answer, shown, split
from faq_component.knowledge.options import Validity
from faq_component.language import _, listed
from faq_component.text import normalize

HEADING_ROWS = 20  # the headings are looked for in so many rows
_SHOWN = 30  # characters of a text in a message
_PAIR = 2  # columns of a table without headings
_MOSTLY = 0.8  # share of its rows that must have both
_LISTS = {  # the columns of a topic's lists
    "tags": (Kind.TAGS, Kind.CATEGORY),
    "related": (Kind.RELATED,),
    "follow": (Kind.FOLLOW,),
    "negatives": (Kind.NOT,),
}


def read_table(table: Table, drafts: Drafts) -> list[Entry] | None:
    """Read the rows of a table; None where it has no row of headings in its first rows, and needs one."""
    table = mended(table, drafts)
    chosen = drafts.choices.columns
    for at, row in enumerate(table.rows[:HEADING_ROWS]):
        headings = dict(row.cells)
        for first, last in row.spans.items():
            headings |= {number: headings[first] for number in range(first, last + 1) if first in headings}
        if columns := columns_of(headings, chosen):
            return _read(table, columns, headings, at + 1, drafts)
    if pair := _by_letters(table, drafts) or _pair_without_headings(table, drafts):
        return _read(table, pair, {}, 0, drafts)
    drafts.tables.append(SeenTable(table, {}, (), 0))
    return None


def _read(
    table: Table, columns: Sequence[Column], headings: Mapping[int, str], first: int, drafts: Drafts
) -> list[Entry]:
    reader = TableReader(table, columns, headings, drafts)
    entries = reader.read(table.rows[first:])
    drafts.tables.append(SeenTable(table, reader.headings, reader.columns, first))
    return entries


def _by_letters(table: Table, drafts: Drafts) -> list[Column]:
    """The columns of a table without headings that the user names by their letters; none where it says too little."""
    chosen = drafts.choices.columns
    numbers = sorted({number for row in table.rows for number in row.cells}) if chosen and not table.is_list else ()
    kinds = ((number, chosen.get(heading_key(letter_of(number)))) for number in numbers)
    columns = [Column(number, "", kind, chosen=True) for number, kind in kinds if kind]
    return columns if is_enough({column.kind for column in columns}) else []


def columns_form() -> str:
    """How ``--columns`` is written, for a message."""
    return " ".join(f"{kind.heading}=..." for kind in (Kind.QUESTION, Kind.ANSWER))


def headings_seen(table: Table) -> list[str]:
    """The cells of the first row that may be meant as headings, for a message."""
    row = heading_row(table)
    cells = sorted(row.cells.items()) if row else ()
    return [" ".join(text.split())[:_SHOWN] for _number, text in cells if normalize(text)]


def heading_row(table: Table) -> Row | None:
    """The first row that may be meant as headings, as it has two cells or more."""
    rows = table.rows[:HEADING_ROWS]
    return next((row for row in rows if sum(bool(normalize(text)) for text in row.cells.values()) > 1), None)


def _pair_without_headings(table: Table, drafts: Drafts) -> list[Column]:
    """Questions and answers, where a table has two columns and no row that looks like headings."""
    rows = [(row, [number for number, text in row.cells.items() if normalize(text)]) for row in table.rows]
    filled = [(row, numbers) for row, numbers in rows if numbers]
    numbers = sorted({number for _row, found in filled for number in found})
    if table.is_list or any(drafts.choices.columns.values()) or len(numbers) != _PAIR:
        return []
    both = sum(len(found) == _PAIR for _row, found in filled)
    first = filled[0][0]
    if both < _MOSTLY * len(filled) or any(map(is_like_heading, first.cells.values())):
        return []
    drafts.notes.append(
        _(
            "{table}: no row of headings; column {first} is read as questions and column {second} as answers; "
            "if that is wrong, write headings above them"
        ).format(table=table.name, first=letter_of(numbers[0]), second=letter_of(numbers[1]))
    )
    return [Column(number, "", kind) for number, kind in zip(numbers, (Kind.QUESTION, Kind.ANSWER), strict=True)]


class TableReader:
    """Reads the rows under headings.

    Args:
        table: where they stand.
        columns: those that are known.
        headings: all of them, by column number; empty where there is no row of headings.
        drafts: takes faults, notes and remarks.
    """

    def __init__(self, table: Table, columns: Sequence[Column], headings: Mapping[int, str], drafts: Drafts) -> None:
        self.table = table
        self.drafts = drafts
        self.headings = {number: " ".join(text.split()) for number, text in headings.items() if normalize(text)}
        self.width = max(headings, default=max(column.number for column in columns))
        asked = any(column.kind in (Kind.STANDARD, Kind.QUESTION) for column in columns)
        # A title where nothing else is asked is itself the question.
        self.columns = [
            column if asked or column.kind is not Kind.TITLE else Column(column.number, column.heading, Kind.STANDARD)
            for column in columns
        ]
        self.product = table.product or product_of(self.headings.values())
        self.columns += [
            Column(number, heading, kind)
            for number, heading in self.headings.items()
            if heading_key(heading) not in drafts.choices.columns and (kind := kind_in(self.product, heading))
        ]
        self.signs: dict[int, str] = {}
        self.answers_divided = False
        self.without_heading: dict[int, list[tuple[Row, str]]] = defaultdict(list)
        self.entries: list[Entry] = []
        self.lone = True

    def of(self, *kinds: Kind) -> list[Column]:
        """The columns of some kinds, in the order of the kinds."""
        return [column for kind in kinds for column in self.columns if column.kind is kind]

    def read(self, rows: Sequence[Row]) -> list[Entry]:
        """Read the rows; what is wrong, left out or done is told to the drafts."""
        rows = [self._as_meant(row) for row in rows]
        self._leave_out_columns(rows)
        self._find_signs(rows)
        self.lone = not any(
            normalize(row.cells.get(column.number, "")) for row in rows for column in self.of(Kind.SIMILAR)
        )
        for row in self.drafts.choices.track(rows):
            self._read(row)
        for entry in self.entries:
            entry.lone = self.lone
        self._note_without_heading()
        return self.entries

    def _as_meant(self, row: Row) -> Row:
        """A row with its texts as the program that wrote them means them."""
        cells: dict[int, str] = {}
        for column in self.of(Kind.TITLE, Kind.ANSWER, *QUESTIONS):
            before = row.cells.get(column.number, "")
            of_answers = column.kind is Kind.ANSWER
            cell, done = cell_as_meant(before, self.product, is_list=self.table.is_list, of_answers=of_answers)
            if cell == before:
                continue
            cells[column.number] = cell
            if column.number in row.joined:
                continue
            where = self.table.where(row, column)
            for meant in done:
                for did in meant.did:
                    self.drafts.remarks.add(did, f"{where}: {' '.join(before.split())[:_SHOWN]}")
                for text in meant.struck:
                    message = _("{where}: struck out: {text}").format(where=where, text=text[:_SHOWN])
                    self.drafts.remarks.add(Did.LEFT_OUT, message)
        return replace(row, cells={**row.cells, **cells}) if cells else row

    def _leave_out_columns(self, rows: Sequence[Row]) -> None:
        """Leave out columns whose cells do not say what such a column says, and name all that are not read."""
        for column in self.of(Kind.STATUS, Kind.VALID):
            read = read_flag if column.kind is Kind.STATUS else read_period
            texts = [read_text(row.cells.get(column.number, "")) for row in rows]
            if any(normalize(text) and read(text) is None for text in texts):
                self.columns.remove(column)
        known = {column.number for column in self.columns}
        left_out = dict.fromkeys(text for number, text in self.headings.items() if number not in known)
        if left_out:
            self.drafts.notes.append(
                _("{where}: not read: column {names}").format(where=self.table.name, names=listed(list(left_out)))
            )

    def _find_signs(self, rows: Sequence[Row]) -> None:
        if self.table.is_list:
            return
        only_plain = bool(self.of(Kind.ID))
        for column in self.of(*QUESTIONS):
            cells = [row.cells.get(column.number, "") for row in rows if column.number not in row.joined]
            lines = [line for cell in cells for line in cell.splitlines() if not is_exact(line.strip())]
            sign = announced(column.heading) or shown(
                lines, of_similar=column.kind is Kind.SIMILAR, only_plain=only_plain
            )
            if sign:
                self.signs[column.number] = sign
        self.answers_divided = "##" in self.signs.values()
        for column in self.of(Kind.ANSWER):
            if sign := announced(column.heading):
                self.signs[column.number] = sign

    def _read(self, row: Row) -> None:
        self._look_beyond(row)
        faulty = [column for column in self.columns if column.number in row.faults]
        self.drafts.faults += [self.table.fault(row, column, row.faults[column.number]) for column in faulty]
        filled = [column for column in self.columns if normalize(row.cells.get(column.number, ""))]
        if not filled or faulty:
            return
        if self._is_section(row, filled):
            self.drafts.notes.append(
                _("{where}: not read: a heading over several columns").format(where=self.table.where(row))
            )
            return
        says = (Kind.ID, Kind.KEY, Kind.TITLE, Kind.ANSWER, *QUESTIONS)
        if not any(column.kind in says for column in filled):
            texts = listed([" ".join(row.cells[column.number].split()) for column in filled])
            message = _("{where}: neither question nor answer: {texts}")
            self.drafts.remarks.add(Did.LEFT_OUT, message.format(where=self.table.where(row), texts=texts[:_SHOWN]))
            return
        entry = self._entry(row)
        if self.product is Product.MAXKB and not entry.questions:
            message = _("{where}: neither question nor title: {text}")
            text = " ".join(str(entry.answers[0][0].value).split())[:_SHOWN] if entry.answers else ""
            self.drafts.remarks.add(Did.LEFT_OUT, message.format(where=entry.where, text=text))
            return
        above = self.entries[-1] if self.entries else None
        if not self._continues(row, entry):
            self.entries.append(entry)
        elif above is None:
            column = next(iter(self.of(Kind.TITLE, Kind.STANDARD, Kind.QUESTION, Kind.SIMILAR)), self.columns[0])
            message = _("is empty, and there is no topic above; write what it is about")
            self.drafts.faults.append(self.table.fault(row, column, message))
        else:
            self._continue(row, entry, above)

    def _continue(self, row: Row, entry: Entry, above: Entry) -> None:
        """Add a row to the topic above; a merged cell was added with its first row."""
        merged = any(column.number in row.joined for column in self.of(Kind.ANSWER))
        if merged:
            entry.answers.clear()
        above.take(entry)
        if not merged and not row.joined:
            text = entry.questions[0].value if entry.questions else entry.answers[0][0].value if entry.answers else ""
            shown_text = " ".join(str(text).split())[:_SHOWN]
            self.drafts.remarks.add(Did.CONTINUED, f"{entry.where}: {shown_text}")

    def _is_section(self, row: Row, filled: Sequence[Column]) -> bool:
        """Whether the row is one merged cell across columns that mean different things."""
        if len(filled) != 1:
            return False
        first, last = filled[0].number, row.spans.get(filled[0].number, 0)
        return len({column.kind for column in self.columns if first <= column.number <= last}) > 1

    def _continues(self, row: Row, entry: Entry) -> bool:
        """Whether a row belongs to the topic above, as it names none."""
        if entry.id or entry.key or entry.title:
            return False
        if not entry.questions:
            return True
        if any(column.number in row.joined for column in self.of(Kind.ANSWER)):
            return not any(column.number not in row.joined and entry.title for column in self.of(Kind.TITLE))
        titled = bool(self.of(Kind.TITLE)) or (bool(self.of(Kind.STANDARD)) and not self._has_standard(row))
        return titled and not entry.answers

    def _has_standard(self, row: Row) -> bool:
        return any(normalize(row.cells.get(column.number, "")) for column in self.of(Kind.STANDARD))

    def _entry(self, row: Row) -> Entry:
        where = self.table.where(row)
        title = self._text(row, Kind.TITLE)
        entry = Entry(
            where,
            id=self._text(row, Kind.ID) or None,
            key=self._text(row, Kind.KEY),
            title=title,
            table=self.table.name,
            sheet=self.table.sheet or "",
        )
        for column in self.of(Kind.TITLE)[:1]:
            entry.heading, entry.title_chosen = column.heading, column.chosen
        for column in self.of(*QUESTIONS):
            entry.questions += self._questions(row, column)
        if self.product is Product.MAXKB and title and not entry.questions:  # there, questions are optional
            entry.questions.append(Item(title))
        entry.named = str(entry.questions[0].value) if entry.questions else ""
        for column in self.of(Kind.ANSWER):
            if items := self._answers(row, column):
                at = self.table.where(row, column)
                entry.answers += [(item, at) for item in items]
        entry.no_post = "" if entry.questions else self._lacks(row, *QUESTIONS)
        entry.no_response = "" if entry.answers else self._lacks(row, Kind.ANSWER)
        self._set_options(entry, row)
        if not self.table.is_list:
            entry.others = self._others(row)
        return entry

    def _others(self, row: Row) -> dict[str, str]:
        """The cells of columns that are not read, by heading, unless the user says that they are not to be."""
        known, chosen = {column.number for column in self.columns}, self.drafts.choices.columns
        return {
            heading: row.cells[number]
            for number, heading in self.headings.items()
            if number not in known and number in row.cells and heading_key(heading) not in chosen
        }

    def _text(self, row: Row, kind: Kind) -> str:
        return next((text for column in self.of(kind) if (text := read_text(row.cells.get(column.number, "")))), "")

    def _questions(self, row: Row, column: Column) -> list[Item]:
        items = read_lines(row.cells.get(column.number, ""))
        sign = self.signs.get(column.number)
        if sign is None:
            return items
        divided: list[Item] = []
        for item in items:
            parts = [] if item.exact else split(str(item.value), sign)
            divided += [Item(part) for part in parts] if parts else [item]
        self._note_split(row, column, sign, len(divided) - len(items))
        return divided

    def _answers(self, row: Row, column: Column) -> list[Item]:
        cell = row.cells.get(column.number, "")
        items = read_answers(cell)
        sign = self.signs.get(column.number) or ("##" if self.answers_divided and divides_answer(cell) else None)
        if sign:
            divided: list[Item] = []
            for item in items:
                parts = [] if item.exact else split(str(item.value), sign)
                divided += [Item(part) for part in parts] if parts else [item]
            self._note_split(row, column, sign, len(divided) - len(items))
            items = divided
        if (link := row.links.get(column.number)) and items:
            last = items[-1]
            if isinstance(last.value, str) and link.partition(":")[2].strip("/") not in last.value:
                items[-1] = Item(f"{last.value} {link}", exact=last.exact)
                self.drafts.remarks.add(Did.LINKED, f"{self.table.where(row, column)}: {link}")
        return items

    def _note_split(self, row: Row, column: Column, sign: str, more: int) -> None:
        if more > 0:
            where = self.table.where(row, column)
            message = _("{where}: {count} texts, divided by {sign}")
            self.drafts.remarks.add(Did.SPLIT, message.format(where=where, count=more + 1, sign=sign))

    def _set_options(self, entry: Entry, row: Row) -> None:
        entry.tags = self._tags(row)
        entry.given |= {key for key, kinds in _LISTS.items() if self.of(*kinds)}
        for column in self.of(Kind.ENABLED, Kind.DISABLED, Kind.STATUS):
            on = self._flag(row, column, empty=column.kind is not Kind.DISABLED)
            on = not on if column.kind is Kind.DISABLED else on
            entry.enabled = on if entry.enabled is None else entry.enabled and on
        for column in self.of(Kind.RECOMMEND):
            entry.recommend = bool(entry.recommend) or self._flag(row, column, empty=False)
        for column in self.of(Kind.HANDOFF):
            entry.handoff = bool(entry.handoff) or self._flag(row, column, empty=False)
        for column in self.of(Kind.RELATED):
            entry.related += read_related(row.cells.get(column.number, ""))
        for column in self.of(Kind.FOLLOW):
            entry.follow += read_follow(row.cells.get(column.number, ""))
        for column in self.of(Kind.NOT):
            entry.negatives += [str(item.value) for item in read_lines(row.cells.get(column.number, ""))]
        start, until = self._moment(row, Kind.FROM), self._moment(row, Kind.UNTIL)
        for column in self.of(Kind.VALID):
            if normalize(text := read_text(row.cells.get(column.number, ""))):
                period = read_period(text) or ("", "")
                start, until = start or period[0], until or period[1]
        if self.of(Kind.FROM, Kind.UNTIL, Kind.VALID):
            entry.valid = Validity(start, until)

    def _flag(self, row: Row, column: Column, *, empty: bool) -> bool:
        """Whether a cell says yes; `empty` where it says nothing, or, as a fault, something else."""
        text = read_text(row.cells.get(column.number, ""))
        said = read_flag(text)
        if normalize(text) and said is None:
            message = _("holds '{value}'; write {yes} or {no}")
            message = message.format(value=text.strip()[:_SHOWN], yes=_("yes"), no=_("no"))
            self.drafts.faults.append(self.table.fault(row, column, message, "flag"))
        return empty if said is None else said

    def _tags(self, row: Row) -> list[str]:
        found: list[str] = []
        for column in self.of(Kind.CATEGORY):
            cell = row.cells.get(column.number, "")
            found += [str(item.value) for item in read_lines(cell)] if self.table.is_list else [read_text(cell)]
        for column in self.of(Kind.TAGS):
            for item in read_lines(row.cells.get(column.number, "")):
                parts = [str(item.value)]
                for sign in () if item.exact else ("##", "|", ";", ",", "、"):
                    parts = [part for text in parts for part in split(text, sign)]
                if self.product is Product.QNA_MAKER:  # name:value
                    parts = [part.partition(":")[2] or part for part in parts]
                found += parts
        return list(dict.fromkeys(tag for tag in found if normalize(tag)))

    def _moment(self, row: Row, kind: Kind) -> str:
        found = ""
        for column in self.of(kind):
            text = read_text(row.cells.get(column.number, ""))
            moment = read_moment(text) if normalize(text) else ""
            if moment is None:
                message = _("holds '{value}', which is no time; write it as 2026-11-01 or 2026-11-01 09:30")
                message = message.format(value=text.strip()[:_SHOWN])
                self.drafts.faults.append(self.table.fault(row, column, message, "moment"))
            found = moment or found
        return found

    def _lacks(self, row: Row, *kinds: Kind) -> str:
        column, answer = next(iter(self.of(*kinds)), None), Kind.ANSWER in kinds
        if column:
            message = _("is empty; write an answer") if answer else _("is empty; write a question")
            return self.table.fault(row, column, message)
        message = _(
            "{table}: there is no column of answers; write the heading '{heading}', or name it with "
            "`--columns {heading}=...`; the headings are: {seen}"
        )
        if not answer:
            message = _(
                "{table}: there is no column of questions; write the heading '{heading}', or name it with "
                "`--columns {heading}=...`; the headings are: {seen}"
            )
        heading = (Kind.ANSWER if answer else Kind.QUESTION).heading
        seen = listed(list(self.headings.values()))
        return message.format(table=self.table.name, heading=heading, seen=seen)

    def _look_beyond(self, row: Row) -> None:
        """Name the texts of cells without a heading: none of them may vanish."""
        if not self.headings:
            return
        beyond = {number: text for number, text in row.cells.items() if number not in self.headings and normalize(text)}
        surplus = [text for number, text in sorted(beyond.items()) if number > self.width]
        if surplus and self.table.is_delimited:
            message = _(
                "has a cell beyond the headings: '{text}'; put quotes around a text that holds the delimiter, "
                "or write a heading"
            )
            text = " ".join(surplus[0].split())[:_SHOWN]
            self.drafts.faults.append(self.table.fault(row, None, message.format(text=text), "beyond"))
            return
        for number, text in beyond.items():
            if number not in row.joined and not self._is_spanned(row, number):
                self.without_heading[number].append((row, text))

    def _is_spanned(self, row: Row, number: int) -> bool:
        return any(first < number <= last for first, last in row.spans.items())

    def _note_without_heading(self) -> None:
        for number, found in sorted(self.without_heading.items()):
            row, text = found[0]
            message = _(
                "{table}: not read: column {letter} has no heading; cells with text: {count:,}, the first in row "
                "{row}, '{text}'"
            )
            self.drafts.notes.append(
                message.format(
                    table=self.table.name,
                    letter=letter_of(number),
                    count=len(found),
                    row=row.number,
                    text=" ".join(text.split())[:_SHOWN],
                )
            )
