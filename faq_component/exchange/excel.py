"""Excel workbooks (.xlsx), laid out as people do: several sheets, merged cells, headings below a banner."""

from __future__ import annotations

import io
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faq_component.errors import FaqError
from faq_component.exchange.drafts import Drafts
from faq_component.exchange.entries import Entry, add_entries
from faq_component.exchange.remarks import Did
from faq_component.exchange.rows import Row, Table
from faq_component.exchange.spreadsheets.workbook import LONGEST, Sheets, cells_of
from faq_component.exchange.table import HEADING_ROWS, columns_form, headings_seen, read_table
from faq_component.exchange.table_write import headings, rows_of
from faq_component.knowledge.topics import Faq
from faq_component.language import _, listed

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_SHOWN = 30  # characters of a text in a message
_WIDTHS = (24, 20, 48, 72, 20, 10, 20, 20)


def read_excel(path: Path, data: bytes, drafts: Drafts) -> None:
    """Read all sheets that have a row of headings; a formula counts as the value that was computed last."""
    try:
        book = Sheets(data)
    except FaqError as error:
        drafts.faults.append(_("{where}: {message}").format(where=path, message=error))
        return
    visible = _chosen_sheets(book, path, drafts)
    if not visible and drafts.faults:
        return
    tables = [Table(str(path), _rows(sheet, book, path, drafts), sheet.title) for sheet in visible]
    entries: list[Entry] = []
    without = []
    for table in tables:
        read = read_table(table, drafts)
        entries += read or []
        if read is None and table.rows:
            without.append(table)
    if len(without) == sum(bool(table.rows) for table in tables):
        seen = [
            _("{sheet}: {headings}").format(sheet=table.sheet, headings=" | ".join(headings_seen(table)))
            for table in without
        ]
        drafts.faults.append(
            _(
                "{path}: no sheet has a row of headings among its first {count}; write one such as {headings}, or name "
                "them with `--columns {headings_form}`; seen: {seen}"
            ).format(
                path=path,
                count=HEADING_ROWS,
                headings=" | ".join(headings()),
                headings_form=columns_form(),
                seen=listed(seen) or _("nothing"),
            )
        )
        return
    message = _("{where}: not read: no row of headings")
    drafts.notes += [message.format(where=table.name) for table in without]
    add_entries(entries, drafts)


def _chosen_sheets(book: Sheets, path: Path, drafts: Drafts) -> list[Worksheet]:
    """The sheets that are read: those that the user names, or all that are visible."""
    chosen = drafts.choices.sheets
    titles = [sheet.title for sheet in book.sheets]
    message = _("{path}: has no sheet '{name}'; its sheets are: {sheets}")
    unknown = [message.format(path=path, name=name, sheets=listed(titles)) for name in chosen if name not in titles]
    if unknown and len(unknown) == len(chosen):
        drafts.faults += unknown
        return []
    drafts.notes += unknown
    read = [sheet for sheet in book.sheets if (sheet.title in chosen if chosen else sheet.sheet_state == "visible")]
    for sheet in book.sheets:
        if sheet in read or not cells_of(sheet):
            continue
        message = _("{where}: not read: the sheet is hidden")
        if sheet.sheet_state == "visible":
            message = _("{where}: not read: the sheet is not chosen")
        drafts.notes.append(message.format(where=Table(str(path), (), sheet.title).name))
        drafts.other_sheets.append(sheet.title)
    return read


def write_excel(faq: Faq) -> bytes:
    """The bytes of a workbook of one sheet; every cell is a text, so that nothing in it is computed."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "FAQ"
    style = NamedStyle("FAQ text", number_format="@", alignment=Alignment(wrap_text=True, vertical="top"))
    book.add_named_style(style)
    for number, row in enumerate([headings(faq), *rows_of(faq, longest=LONGEST, name="Excel")], 1):
        for column, text in enumerate(row, 1):
            if not text:
                continue
            cell: Any = sheet.cell(number, column)
            cell.value = text
            cell.data_type = "s"
            cell.style = style.name
            cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    for column, width in enumerate(_WIDTHS[: len(headings(faq))], 1):
        heading: Any = sheet.cell(1, column)
        heading.font = Font(bold=True)
        heading.fill = PatternFill("solid", fgColor="DDEBF7")
        sheet.column_dimensions[heading.column_letter].width = width
    sheet.freeze_panes = "A2"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@dataclass
class _Cells:
    """What the cells of a sheet hold, by row and column."""

    texts: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    faults: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    links: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))


def _rows(sheet: Worksheet, book: Sheets, path: Path, drafts: Drafts) -> list[Row]:
    cells = _read_cells(sheet, book, Table(str(path), (), sheet.title), drafts)
    joined: dict[int, set[int]] = defaultdict(set)
    spans: dict[int, dict[int, int]] = defaultdict(dict)
    numbers = sorted(cells.texts)
    for merged in sheet.merged_cells.ranges:
        top, bottom, first = merged.min_row, merged.max_row, merged.min_col
        text = cells.texts[top].get(first, "") if top in cells.texts else ""
        for number in numbers[bisect_left(numbers, top) : bisect_right(numbers, bottom)]:
            spans[number][first] = merged.max_col
            if number > top and text:
                cells.texts[number][first] = text
                joined[number].add(first)
    return [
        Row(
            number,
            cells.texts[number],
            frozenset(joined.get(number, ())),
            spans.get(number, {}),
            cells.faults.get(number, {}),
            cells.links.get(number, {}),
        )
        for number in numbers
    ]


def _read_cells(sheet: Worksheet, book: Sheets, table: Table, drafts: Drafts) -> _Cells:
    """Read the cells; hidden rows and struck-out texts are left out, and named."""
    cells = _Cells()
    hidden_rows = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    hidden: dict[int, str] = {}
    for cell in cells_of(sheet):
        text, fault = book.text(cell)
        if not (text or fault):
            continue
        if cell.row in hidden_rows:
            hidden.setdefault(cell.row, " ".join(text.split())[:_SHOWN])
            continue
        kept = book.kept(cell, text)
        if kept != text:
            struck = " ".join(book.struck(cell, text).split())[:_SHOWN]
            message = _("{where}, cell {cell}: struck out: {text}")
            remark = message.format(where=table.name, cell=cell.coordinate, text=struck)
            drafts.remarks.add(Did.LEFT_OUT, remark)
        if fault:
            cells.faults[cell.row][cell.column] = fault
        if kept and (link := book.link(cell)):
            cells.links[cell.row][cell.column] = link
        if kept or fault:
            cells.texts[cell.row][cell.column] = kept
    for number, text in hidden.items():
        where = table.where(Row(number, {}))
        drafts.remarks.add(Did.LEFT_OUT, _("{where}: hidden: {text}").format(where=where, text=text))
    return cells
