"""Tables that people keep in Excel: read and written as rows of texts, in .xlsx, .csv, .tsv and .txt."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faq_component.errors import FaqDataError, FaqError
from faq_component.exchange.spreadsheets.delimited import decode, guarded, unguarded
from faq_component.exchange.spreadsheets.workbook import Sheets, cells_of, writable
from faq_component.language import _
from faq_component.support.files import write_named

READ = (".xlsx", ".csv", ".tsv", ".txt")
WRITTEN = (".xlsx", ".csv", ".tsv")
_WIDEST = 60


@dataclass(frozen=True)
class Cell:
    """A text and where it stands, as people find it: sheet, row and column, or line."""

    text: str
    where: str


def read_rows(path: str | Path) -> list[list[Cell]]:
    """The rows of a file, as `rows_of`.

    Raises:
        FaqError: the file cannot be read, or is of no known kind.
        FaqDataError: cells hold errors of Excel; each is named.
    """
    file = Path(path)
    _require_known(file)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise FaqError(_("{file} cannot be read: {reason}").format(file=file, reason=error.strerror)) from error
    return rows_of(file, data)


def rows_of(name: str | Path, data: bytes) -> list[list[Cell]]:
    """The rows of a file's content, without empty ones; of a workbook those of its first sheet.

    Args:
        name: of the file, whose ending tells what it is.
        data: its content.

    Raises:
        FaqError: the content cannot be read, or is of no known kind.
        FaqDataError: cells hold errors of Excel; each is named.
    """
    file = Path(name)
    kind = _require_known(file)
    rows = _workbook_rows(file, data) if kind == ".xlsx" else _text_rows(file, _decoded(file, data), kind)
    return [row for row in rows if any(cell.text for cell in row)]


def _require_known(file: Path) -> str:
    kind = file.suffix.lower()
    if kind not in READ:
        raise FaqError(
            _("{file}: cannot tell what it is; give a file that ends in {endings}").format(
                file=file, endings=", ".join(READ)
            )
        )
    return kind


def _decoded(file: Path, data: bytes) -> str:
    try:
        return decode(data)
    except UnicodeDecodeError as error:
        raise FaqError(_("{file} is neither UTF-8 nor GB18030; save it as UTF-8").format(file=file)) from error


def _text_rows(file: Path, text: str, kind: str) -> list[list[Cell]]:
    if kind == ".txt":
        return [[Cell(line.strip(), f"{file}:{number}")] for number, line in enumerate(text.splitlines(), 1)]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if kind == ".tsv" else ",")
    try:
        place = _("{file}: row {row}, column {column}")
        return [
            [
                Cell(unguarded(value.strip()), place.format(file=file, row=number, column=at))
                for at, value in enumerate(row, 1)
            ]
            for number, row in enumerate(reader, 1)
        ]
    except csv.Error as error:
        raise FaqError(
            _("{file}: line {line}: {reason}; save the table again").format(
                file=file, line=reader.line_num, reason=error
            )
        ) from error


def _workbook_rows(file: Path, data: bytes) -> list[list[Cell]]:
    try:
        book = Sheets(data)
    except FaqError as error:
        raise FaqError(_("{where}: {message}").format(where=file, message=error)) from error
    if not book.sheets:
        raise FaqError(_("{file}: the workbook has no sheet with cells").format(file=file))
    sheet = book.sheets[0]
    faults: list[str] = []
    rows: dict[int, dict[int, Cell]] = {}
    place = _("{file}: sheet '{sheet}', row {row}, column {column}")
    for cell in cells_of(sheet):
        where = place.format(file=file, sheet=sheet.title, row=cell.row, column=cell.column)
        text, fault = book.text(cell)
        if fault:
            faults.append(_("{where}: {message}").format(where=where, message=fault))
        rows.setdefault(cell.row, {})[cell.column] = Cell(text.strip(), where)
    if faults:
        raise FaqDataError(faults)
    return [
        [
            row.get(at) or Cell("", place.format(file=file, sheet=sheet.title, row=number, column=at))
            for at in range(1, last)
        ]
        for number, row in rows.items()
        if (last := max(row) + 1)
    ]


def write_rows(
    path: str | Path, header: Sequence[str], rows: Iterable[Sequence[Any]], *, private: bool = False
) -> None:
    """Write a table; a text never becomes a formula, in whatever program opens it.

    Args:
        path: of the file, whose ending says of which kind it is.
        header: titles of the columns.
        rows: values of the columns.
        private: whether the file is to be for this user alone.

    Raises:
        FaqError: the file is of no kind that can be written, or cannot be written where it is.
    """
    file = Path(path)
    kind = file.suffix.lower()
    if kind not in WRITTEN:
        raise FaqError(
            _("{file}: cannot tell what to write; give a name that ends in {endings}").format(
                file=file, endings=", ".join(WRITTEN)
            )
        )
    write_named(file, table_bytes(kind, header, rows), private=private)


def table_bytes(kind: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return the content of a table's file of a kind of `WRITTEN`, as `write_rows` writes it."""
    table = [list(header), *([*row] for row in rows)]
    if kind == ".xlsx":
        return _workbook(table)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter="\t" if kind == ".tsv" else ",")
    writer.writerows([[guarded(value) if isinstance(value, str) else value for value in row] for row in table])
    return ("\ufeff" + out.getvalue()).encode()


def _workbook(table: Sequence[Sequence[Any]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = _("result")
    for number, row in enumerate(table, 1):
        for at, value in enumerate(row, 1):
            cell = sheet.cell(number, at)
            if isinstance(value, str):
                cell.value = writable(value)
                cell.data_type = "s"  # openpyxl takes a text that begins with = for a formula
                cell.alignment = Alignment(vertical="top", wrap_text=True)
            else:
                cell.value = value
    for at, column in enumerate(zip(*table, strict=True), 1):
        longest = max(len(str(value)) for value in column if value is not None)
        sheet.column_dimensions[get_column_letter(at)].width = min(max(8, 2 * longest + 2), _WIDEST)
        sheet.cell(1, at).font = Font(bold=True)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()
