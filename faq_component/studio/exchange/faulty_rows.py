"""Faulty rows of an upload with their cells, to be mended in the page or left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from faq_component.exchange.columns import Column, letter_of
from faq_component.exchange.drafts import CellPlace, Drafts
from faq_component.exchange.faults import RowFault
from faq_component.exchange.mending import cell_text
from faq_component.exchange.rows import Row, SeenTable
from faq_component.studio.exchange.uploads import Upload
from faq_component.studio.topics.form import Fields

_NUMBER = "[0-9]{1,9}"
_OUT = re.compile(f"out:({_NUMBER}):({_NUMBER})")
_CELL = re.compile(f"cell:({_NUMBER}):({_NUMBER}):({_NUMBER})")


@dataclass(frozen=True)
class Cell:
    """A cell of a faulty row.

    Args:
        name: of its field.
        heading: of its column.
        text: that it holds.
        is_faulty: whether a fault is of this cell.
    """

    name: str
    heading: str
    text: str
    is_faulty: bool


@dataclass(frozen=True)
class FaultyRow:
    """A row with what is wrong with it.

    Args:
        name: of the field that leaves it out.
        table: the file, with its sheet.
        number: as the file counts it.
        faults: sentences.
        cells: of the columns that are read, and others that hold a text.
    """

    name: str
    table: str
    number: int
    faults: tuple[str, ...]
    cells: tuple[Cell, ...]


def faulty_rows(faults: Sequence[str], drafts: Drafts) -> tuple[list[FaultyRow], list[str]]:
    """Return the rows that faults are of, in the order of the faults, and the faults that are of no row."""
    tables = {seen.table.name: (number, seen) for number, seen in enumerate(drafts.tables)}
    by_row: dict[tuple[str, int], list[RowFault]] = {}
    others: list[str] = []
    for fault in faults:
        if isinstance(fault, RowFault) and fault.table in tables:
            by_row.setdefault((fault.table, fault.row), []).append(fault)
        else:
            others.append(fault)
    rows = {name: {row.number: row for row in seen.table.rows} for name, (_number, seen) in tables.items()}
    found = []
    for (name, at), ones in by_row.items():
        number, seen = tables[name]
        row = rows[name].get(at)
        cells = tuple(_cells(number, seen, row, {one.column for one in ones})) if row else ()
        found.append(FaultyRow(f"out:{number}:{at}", name, at, tuple(ones), cells))
    return found, others


def take_mends(fields: Fields, names: Sequence[str], upload: Upload) -> None:
    """Take over what was typed beside faulty rows: other texts of cells, and rows to be left out.

    Args:
        fields: of the form.
        names: of these fields.
        upload: that takes them over.
    """
    tables = upload.drafts().tables
    rows = [{row.number: row for row in seen.table.rows} for seen in tables]
    for name in names:
        found = _OUT.fullmatch(name) or _CELL.fullmatch(name)
        if found is None:
            continue
        table, at, *column = map(int, found.groups())
        if table >= len(tables) or at not in rows[table]:
            continue
        seen = tables[table].table
        if not column:
            upload.left_out.add((seen.name, at))
            continue
        text = fields.get(name, "").replace("\r\n", "\n").strip()
        if text != _one_line_ends(cell_text(seen, rows[table][at], column[0])).strip():
            upload.mends[CellPlace(seen.name, at, column[0])] = text
    upload.read_again()


def _cells(number: int, seen: SeenTable, row: Row, faulty: set[int]) -> Iterator[Cell]:
    known: dict[int, Column] = {column.number: column for column in seen.columns}
    filled = {column for column, text in row.cells.items() if text.strip()}
    for column in sorted(known.keys() | faulty - {0} | {other for other in filled if other not in seen.headings}):
        heading = seen.headings.get(column) or letter_of(column)
        text = _one_line_ends(cell_text(seen.table, row, column))
        yield Cell(f"cell:{number}:{row.number}:{column}", heading, text, column in faulty)


def _one_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
