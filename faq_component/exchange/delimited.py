"""CSV and TSV, as Excel, WPS and programs write them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Literal

from faq_component.exchange.columns import columns_of
from faq_component.exchange.drafts import Drafts
from faq_component.exchange.entries import add_entries
from faq_component.exchange.rows import Row, Table
from faq_component.exchange.spreadsheets.delimited import decode, guarded, unguarded
from faq_component.exchange.table import HEADING_ROWS, columns_form, headings_seen, read_table
from faq_component.exchange.table_write import headings, rows_of
from faq_component.knowledge.topics import Faq
from faq_component.language import N_, _, listed

LONGEST = 131_072  # characters of a cell: the bound of Python's reader
COLUMNS = 16_384  # of a row, as in Excel
_SHOWN = 40  # characters of a line in a message
_DELIMITERS = {",": N_("commas"), "\t": N_("tabs"), ";": N_("semicolons")}


def read_delimited(path: Path, data: bytes, drafts: Drafts) -> None:
    """Read a CSV or TSV file: UTF-8, UTF-16 with its mark, or GB18030; the row of headings tells the delimiter."""
    try:
        text = decode(data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        drafts.faults.append(
            _("{path}: row {line}: neither UTF-8 nor GBK (byte {number}); save the file as UTF-8").format(
                path=path, line=line, number=error.start
            )
        )
        return
    tables = {
        delimiter: _table(path, text, delimiter, marked=data[:1] in (b"\xef", b"\xff", b"\xfe"))
        for delimiter in _order(path)
    }
    delimiter = max(tables, key=lambda delimiter: _likeness(tables[delimiter][0], drafts))
    table, fault, as_text = tables[delimiter]
    if fault:
        drafts.faults.append(fault)
        return
    if as_text:
        drafts.notes.append(_("{path}: quotes are read as text, as not all of them enclose a cell").format(path=path))
    entries = read_table(table, drafts)
    if entries is not None:
        add_entries(entries, drafts)
        return
    drafts.faults.append(
        _(
            "{path}: no row of headings among the first {count}, divided by {delimiters}; write one such as "
            "{headings}, or name them with `--columns {headings_form}`; seen: {seen}"
        ).format(
            path=path,
            count=HEADING_ROWS,
            delimiters=listed(map(_, _DELIMITERS.values())),
            headings=",".join(headings()),
            headings_form=columns_form(),
            seen=listed(headings_seen(table)) or _("nothing"),
        )
    )


def write_delimited(faq: Faq, suffix: str) -> bytes:
    """The bytes of a CSV or TSV file; with a byte order mark, without which Excel takes it for GBK."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter="\t" if suffix == ".tsv" else ",")
    writer.writerow(headings(faq))
    for row in rows_of(faq, longest=LONGEST - 1, name=suffix[1:].upper()):
        writer.writerow([guarded(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


def _order(path: Path) -> list[str]:
    return sorted(_DELIMITERS, key=lambda delimiter: delimiter != "\t" if path.suffix.lower() == ".tsv" else False)


def _likeness(table: Table, drafts: Drafts) -> tuple[int, int]:
    """How well a delimiter fits: the number of columns known, else whether rows have two cells or more."""
    known = [len(columns_of(row.cells, drafts.choices.columns)) for row in table.rows[:HEADING_ROWS]]
    return max(known, default=0), sum(len(row.cells) > 1 for row in table.rows[:HEADING_ROWS])


def _table(path: Path, text: str, delimiter: str, *, marked: bool) -> tuple[Table, str | None, bool]:
    """The table by a delimiter, the fault of its quotes, and whether quotes were read as text.

    In a file divided by tabs quotes may be text: then one that begins a cell does not end it, or joins several rows. A
    spreadsheet program, which marks the file's encoding, encloses such cells.
    """
    rows, fault = _rows(path, text, delimiter, csv.QUOTE_MINIMAL)
    as_text = False
    joins = any("\t" in cell and "\n" in cell for row in rows for cell in row.cells.values())
    if delimiter == "\t" and (fault or (joins and not marked)):
        plain, fault_of_plain = _rows(path, text, delimiter, csv.QUOTE_NONE)
        widths = {len(row.cells) for row in plain if row.cells}
        if not fault_of_plain and len(widths) == 1:
            rows, fault, as_text = plain, None, True
    return Table(str(path), rows, is_delimited=True), fault, as_text


def _rows(path: Path, text: str, delimiter: str, quoting: Literal[0, 3]) -> tuple[list[Row], str | None]:
    """The rows up to the first fault of quoting, and that fault, with its row and its text."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, quoting=quoting)
    rows: list[Row] = []
    before = 0
    try:
        for number, cells in enumerate(reader, 1):
            if len(cells) > COLUMNS:
                message = _(
                    "{path}: row {row}: has {count:,} cells, more than {most:,}; remove the columns that are empty"
                )
                return rows, message.format(path=path, row=number, count=len(cells), most=COLUMNS)
            rows.append(Row(number, {column: unguarded(cell) for column, cell in enumerate(cells, 1)}))
            before = reader.line_num
    except csv.Error as error:
        lines = text.splitlines()
        line = lines[min(before, len(lines) - 1)] if lines else ""
        if re.search("expected after|unexpected end", str(error)):  # what Python says of quotes, in English
            message = _(
                "{path}: row {row}: a quote is not closed, or text stands behind it: {text}; double those inside"
            )
        else:
            message = _("{path}: row {row}: not well-formed ({error}): {text}")
        return rows, message.format(path=path, row=len(rows) + 1, error=error, text=line.strip()[:_SHOWN])
    return rows, None
