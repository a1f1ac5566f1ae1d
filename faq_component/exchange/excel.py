"""Excel workbooks (.xlsx), laid out as people do: several sheets, merged cells, headings below a banner."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError  # only the name of an error; openpyxl parses

from faq_component.exchange.displayed import displayed, east_asian_date
from faq_component.exchange.drafts import Drafts
from faq_component.exchange.table import HEADING_ROWS, HEADINGS, Row, Table, read_table, rows_of
from faq_component.topics import Faq

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LONGEST = 32_767  # characters of a cell, Excel's bound
UNPACKED = 64 * 2**20  # bytes of a workbook's parts; some 100,000 rows
_WIDTHS = (24, 20, 48, 72)
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError, NotImplementedError,
    KeyError, ValueError, TypeError, AttributeError, IndexError,
)  # fmt: skip


def read_excel(path: Path, data: bytes, drafts: Drafts) -> None:
    """Read all sheets that have a row of headings; a formula counts as the value that was computed last."""
    if fault := _unusable(data):
        drafts.faults.append(f"{path}: {fault}")
        return
    try:
        tables = _tables(path, data)
    except _DAMAGES as error:
        drafts.faults.append(f"{path}: the workbook is damaged ({error}); open it in Excel and save it again")
        return
    without = [table for table in tables if not read_table(table, drafts)]
    if len(without) == len(tables):
        drafts.faults.append(
            f"{path}: no sheet has a row of headings among its first {HEADING_ROWS}; "
            f"write one such as {' | '.join(HEADINGS)}"
        )
        return
    drafts.notes += [f"{table.name}: not read: no row of headings" for table in without if table.rows]


def write_excel(faq: Faq) -> bytes:
    """The bytes of a workbook of one sheet; every cell is a text, so that nothing in it is computed."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "FAQ"
    style = NamedStyle("FAQ text", number_format="@", alignment=Alignment(wrap_text=True, vertical="top"))
    book.add_named_style(style)
    for number, row in enumerate([HEADINGS, *rows_of(faq, longest=LONGEST, name="Excel")], 1):
        for column, text in enumerate(row, 1):
            if not text:
                continue
            cell: Any = sheet.cell(number, column)
            cell.value = text
            cell.data_type = "s"
            cell.style = style.name
            cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    for column, width in enumerate(_WIDTHS, 1):
        heading: Any = sheet.cell(1, column)
        heading.font = Font(bold=True)
        heading.fill = PatternFill("solid", fgColor="DDEBF7")
        sheet.column_dimensions[heading.column_letter].width = width
    sheet.freeze_panes = "A2"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _unusable(data: bytes) -> str | None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "an old (.xls) or encrypted workbook; save it as .xlsx, without a password"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        return "not an Excel workbook; save it as .xlsx"
    if size > UNPACKED:
        bound = UNPACKED // 2**20
        return f"unpacks to {size // 2**20} MiB, more than {bound}; delete empty rows and pictures, or split it"
    return None


def _tables(path: Path, data: bytes) -> list[Table]:
    formulas = _load(data, computed=False)
    has_formulas = any(cell.data_type == "f" for sheet in formulas.worksheets for cell in _cells(sheet))
    values = _load(data, computed=True) if has_formulas else formulas
    pairs = zip(formulas.worksheets, values.worksheets, strict=True)
    return [Table(str(path), _rows(sheet, computed), sheet.title) for sheet, computed in pairs]


def _load(data: bytes, *, computed: bool) -> Workbook:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are about colours and drop-down lists
        return load_workbook(io.BytesIO(data), data_only=computed, keep_links=False)


def _cells(sheet: Worksheet) -> list[Any]:
    # iter_rows would make every cell up to the last, and one stray cell at the bottom costs a million rows.
    return [cell for _, cell in sorted(sheet._cells.items())]


def _rows(sheet: Worksheet, values: Worksheet) -> list[Row]:
    cells: dict[int, dict[int, str]] = {}
    faults: dict[int, dict[int, str]] = {}
    for cell in _cells(sheet):
        text, fault = _text(sheet, cell, values)
        if fault:
            faults.setdefault(cell.row, {})[cell.column] = fault
        if text or fault:
            cells.setdefault(cell.row, {})[cell.column] = text
    joined: dict[int, set[int]] = {}
    spans: dict[int, dict[int, int]] = {}
    numbers = sorted(cells)
    for merged in sheet.merged_cells.ranges:
        top, bottom, first = merged.min_row, merged.max_row, merged.min_col
        text = cells.get(top, {}).get(first, "")
        for number in numbers[bisect_left(numbers, top) : bisect_right(numbers, bottom)]:
            spans.setdefault(number, {})[first] = merged.max_col
            if number > top and text:
                cells[number][first] = text
                joined.setdefault(number, set()).add(first)
    return [
        Row(number, cells[number], frozenset(joined.get(number, ())), spans.get(number, {}), faults.get(number, {}))
        for number in numbers
    ]


def _text(sheet: Worksheet, cell: Any, values: Worksheet) -> tuple[str, str | None]:
    """What a cell shows, and what is wrong with it."""
    value: Any = cell.value
    kind = cell.data_type
    if kind == "f":
        shown = values.cell(cell.row, cell.column)
        value, kind = shown.value, shown.data_type
        if value is None:
            return "", "holds a formula that was never computed; open the file in Excel and save it, or write the text"
    if value is None:
        return "", None
    if kind == "e":
        return "", f"shows the error {value}; correct its formula or write the text"
    number_format = cell.number_format
    if isinstance(value, int | float) and (local := east_asian_date(cell._style.numFmtId)):
        from openpyxl.utils.datetime import from_excel

        book: Any = sheet.parent
        value, number_format = from_excel(value, book.epoch), local
    return displayed(value, number_format).replace("_x000D_", ""), None
