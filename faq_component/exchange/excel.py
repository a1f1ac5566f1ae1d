"""Excel workbooks (.xlsx), laid out as people do: several sheets, merged cells, headings below a banner."""

from __future__ import annotations

import io
from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faq_component.errors import FaqError
from faq_component.exchange.drafts import Drafts
from faq_component.exchange.spreadsheets.workbook import LONGEST, Sheets, cells_of
from faq_component.exchange.table import HEADING_ROWS, Row, Table, headings, read_table, rows_of
from faq_component.knowledge.topics import Faq
from faq_component.language import _

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_WIDTHS = (24, 20, 48, 72)


def read_excel(path: Path, data: bytes, drafts: Drafts) -> None:
    """Read all sheets that have a row of headings; a formula counts as the value that was computed last."""
    try:
        book = Sheets(data)
    except FaqError as error:
        drafts.faults.append(_("{where}: {message}").format(where=path, message=error))
        return
    tables = [Table(str(path), _rows(sheet, book), sheet.title) for sheet in book.sheets]
    without = [table for table in tables if not read_table(table, drafts)]
    if len(without) == len(tables):
        drafts.faults.append(
            _("{path}: no sheet has a row of headings among its first {count}; write one such as {headings}").format(
                path=path, count=HEADING_ROWS, headings=" | ".join(headings())
            )
        )
        return
    message = _("{where}: not read: no row of headings")
    drafts.notes += [message.format(where=table.name) for table in without if table.rows]


def write_excel(faq: Faq) -> bytes:
    """The bytes of a workbook of one sheet; every cell is a text, so that nothing in it is computed."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "FAQ"
    style = NamedStyle("FAQ text", number_format="@", alignment=Alignment(wrap_text=True, vertical="top"))
    book.add_named_style(style)
    for number, row in enumerate([headings(), *rows_of(faq, longest=LONGEST, name="Excel")], 1):
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


def _rows(sheet: Worksheet, book: Sheets) -> list[Row]:
    cells: dict[int, dict[int, str]] = {}
    faults: dict[int, dict[int, str]] = {}
    for cell in cells_of(sheet):
        text, fault = book.text(cell)
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
