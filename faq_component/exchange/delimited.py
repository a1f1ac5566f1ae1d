"""CSV and TSV, as Excel, WPS and programs write them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from faq_component.exchange.columns import columns_of
from faq_component.exchange.drafts import Drafts
from faq_component.exchange.spreadsheets.delimited import decode, guarded, unguarded
from faq_component.exchange.table import HEADING_ROWS, Row, Table, headings, read_table, rows_of
from faq_component.knowledge.topics import Faq
from faq_component.language import N_, _, listed

LONGEST = 131_072  # characters of a cell: the bound of Python's reader
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
    order = sorted(_DELIMITERS, key=lambda delimiter: delimiter != "\t" if path.suffix.lower() == ".tsv" else False)
    delimiter = max(order, key=lambda delimiter: _headings(text, delimiter))
    try:
        rows = _rows(text, delimiter)
    except csv.Error as error:
        drafts.faults.append(
            _("{path}: not well-formed: {error}; close every quote and double those inside").format(
                path=path, error=error
            )
        )
        return
    if not read_table(Table(str(path), rows), drafts):
        drafts.faults.append(
            _(
                "{path}: no row of headings among the first {count}, divided by {delimiters}; "
                "write one such as {headings}"
            ).format(
                path=path,
                count=HEADING_ROWS,
                delimiters=listed(map(_, _DELIMITERS.values())),
                headings=",".join(headings()),
            )
        )


def write_delimited(faq: Faq, suffix: str) -> bytes:
    """The bytes of a CSV or TSV file; with a byte order mark, without which Excel takes it for GBK."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter="\t" if suffix == ".tsv" else ",")
    writer.writerow(headings())
    for row in rows_of(faq, longest=LONGEST - 1, name=suffix[1:].upper()):
        writer.writerow([guarded(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


def _headings(text: str, delimiter: str) -> int:
    """How many columns are known, if this is the delimiter."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    most = 0
    try:
        for _row, cells in zip(range(HEADING_ROWS), reader, strict=False):
            most = max(most, len(columns_of(dict(enumerate(cells, 1)))))
    except csv.Error:
        return most
    return most


def _rows(text: str, delimiter: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return [
        Row(number, {column: unguarded(cell) for column, cell in enumerate(cells, 1)})
        for number, cells in enumerate(reader, 1)
    ]
