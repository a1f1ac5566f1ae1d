"""Rows as the user mends them: other texts in cells, and rows that are left out on purpose."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from faq_component.exchange.drafts import Drafts
from faq_component.exchange.remarks import Did
from faq_component.exchange.rows import Row, Table
from faq_component.language import _

_SHOWN = 30  # characters of a text in a message


def mended(table: Table, drafts: Drafts) -> Table:
    """Return a table with the mends of the user (`Choices`); each row that is left out is told to the drafts."""
    choices = drafts.choices
    texts: dict[int, dict[int, str]] = defaultdict(dict)
    for place, text in choices.mends.items():
        if place.table == table.name:
            texts[place.row][place.column] = text
    left_out = {row for name, row in choices.left_out if name == table.name}
    if not texts and not left_out:
        return table
    rows = []
    for row in table.rows:
        if row.number in left_out:
            shown = " ".join(" ".join(row.cells.values()).split())[:_SHOWN]
            message = _("{where}: left out on purpose: {text}").format(where=table.where(row), text=shown)
            drafts.remarks.add(Did.LEFT_OUT, message)
        else:
            rows.append(_mended(row, texts[row.number], is_list=table.is_list) if row.number in texts else row)
    return replace(table, rows=rows)


def cell_text(table: Table, row: Row, column: int) -> str:
    """Return the text of a cell to mend, which `mended` reads; a list in JSON as JSON, unless it is one text."""
    cell = row.cells.get(column, "")
    if not table.is_list or not cell:
        return cell
    values = json.loads(cell)
    return values[0] if len(values) == 1 and isinstance(values[0], str) else cell


def _mended(row: Row, texts: Mapping[int, str], *, is_list: bool) -> Row:
    cells = {**row.cells, **({column: _as_list(text) if is_list else text for column, text in texts.items()})}
    return replace(
        row,
        cells={column: text for column, text in cells.items() if text},
        joined=row.joined - texts.keys(),
        faults={column: fault for column, fault in row.faults.items() if column not in texts},
    )


def _as_list(text: str) -> str:
    """Return the cell of an object in a list: JSON, where it is a list, else that of one text."""
    try:
        is_list = isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        is_list = False
    return text if is_list or not text else json.dumps([text])
