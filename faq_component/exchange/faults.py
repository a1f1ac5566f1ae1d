"""Faults of rows, thousands in a bad file: counted by kind, with the first few in full."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from faq_component.language import _, listed

_IN_FULL, _NAMED = 3, 10


class RowFault(str):
    """A fault as a sentence, with its kind and its row.

    Args:
        sentence: names the place, the problem and the mend.
        kind: equal for faults of one kind in one column of one table.
        table: the name of the table.
        row: its number.
        column: the number of its column, from 1; 0 for the whole row.
    """

    kind: Hashable
    table: str
    row: int
    column: int

    def __new__(cls, sentence: str, kind: Hashable, table: str, row: int, column: int = 0) -> RowFault:
        """Keep a sentence with its kind."""
        fault = super().__new__(cls, sentence)
        fault.kind, fault.table, fault.row, fault.column = kind, table, row, column
        return fault


class RowPlace(str):
    """The place of a row as a text, with the row.

    Args:
        text: names the table and the row.
        table: the name of the table.
        row: its number.
    """

    table: str
    row: int

    def __new__(cls, text: str, table: str, row: int) -> RowPlace:
        """Keep a text with its row."""
        place = super().__new__(cls, text)
        place.table, place.row = table, row
        return place


def fault_at(place: str, sentence: str) -> str:
    """Return a fault that names a place; with the row, where the place is that of a row."""
    return RowFault(sentence, sentence, place.table, place.row) if isinstance(place, RowPlace) else sentence


def condensed(faults: Iterable[str]) -> list[str]:
    """Name the first faults of each kind in full, and of the others the rows; no sentence stands twice."""
    found: dict[Hashable, list[str]] = {}
    for fault in dict.fromkeys(faults):
        key: Hashable = (fault.kind, fault.table) if isinstance(fault, RowFault) else fault
        found.setdefault(key, []).append(fault)
    lines: list[str] = []
    for same in found.values():
        full = len(same) if len(same) <= _IN_FULL + 1 else _IN_FULL
        lines += same[:full]
        rest = [fault for fault in same[full:] if isinstance(fault, RowFault)]
        if rest:
            rows = listed([str(fault.row) for fault in rest[:_NAMED]])
            message = _("{table}: and the same in {count:,} more rows: {rows}")
            if len(rest) > _NAMED:
                message = _("{table}: and the same in {count:,} more rows: {rows} and so on")
            lines.append(message.format(table=rest[0].table, count=len(rest), rows=rows))
    return lines
