"""Tables as Excel, CSV, TSV and lists in JSON hold them: rows of texts, and their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from faq_component.exchange.columns import Column
from faq_component.exchange.faults import RowFault, RowPlace
from faq_component.exchange.product import Product
from faq_component.language import _


@dataclass(frozen=True)
class Row:
    """A row of texts.

    Args:
        number: as the file counts it, from 1.
        cells: text by column number, from 1.
        joined: columns whose cell is one with that of the row above (merged cells); they hold its text.
        spans: the last column of cells that are merged with the ones to their right.
        faults: what is wrong with a cell, by column number.
        links: addresses that cells lead to, by column number.
    """

    number: int
    cells: Mapping[int, str]
    joined: frozenset[int] = frozenset()
    spans: Mapping[int, int] = field(default_factory=dict)
    faults: Mapping[int, str] = field(default_factory=dict)
    links: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Rows, the file and the sheet where they stand.

    Args:
        file: its name.
        rows: in their order.
        sheet: where the file has sheets.
        is_list: whether rows are items of a list in JSON: columns have no letters, and texts are exact.
        is_delimited: whether a cell beyond the headings is the rest of a text with an unquoted delimiter.
        product: the program that wrote it, where the reader knows it.
    """

    file: str
    rows: Sequence[Row]
    sheet: str | None = None
    is_list: bool = False
    is_delimited: bool = False
    product: Product | None = None

    @cached_property
    def name(self) -> str:
        """The file, with its sheet."""
        if self.sheet is None:
            return self.file
        return _("{file}: sheet '{sheet}'").format(file=self.file, sheet=self.sheet)

    @cached_property
    def _place_of_row(self) -> str:
        if self.is_list:
            return _("{table}: item {number}")
        return _("{table}: row {number}") if self.sheet is None else _("{table}, row {number}")

    @cached_property
    def _place_of_cell(self) -> str:
        return _("{place}, '{heading}'") if self.is_list else _("{place}, column {letter} ({heading})")

    def where(self, row: Row, column: Column | None = None) -> str:
        """The place of a row or of a cell."""
        place = RowPlace(self._place_of_row.format(table=self.name, number=row.number), self.name, row.number)
        if column is None:
            return place
        if not column.heading:
            return _("{place}, column {letter}").format(place=place, letter=column.letter)
        return self._place_of_cell.format(place=place, letter=column.letter, heading=column.heading)

    def fault(self, row: Row, column: Column | None, message: str, kind: str | None = None) -> RowFault:
        """A fault of a row or a cell; faults of one `kind`, by default of one message, are counted together."""
        sentence = _("{where}: {message}").format(where=self.where(row, column), message=message)
        at = column.number if column else 0
        return RowFault(sentence, (at, kind or message), self.name, row.number, at)


@dataclass(frozen=True)
class SeenTable:
    """A table as it was found in a file, for those who say what its columns are.

    Args:
        table: its rows, mended as the user says.
        headings: by column number; empty where no row of headings was found.
        columns: those that are read; empty where the table is not read.
        first: the place in `table.rows` of the first row below the headings.
    """

    table: Table
    headings: Mapping[int, str]
    columns: Sequence[Column]
    first: int
