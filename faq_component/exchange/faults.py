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
    """

    kind: Hashable
    table: str
    row: int

    def __new__(cls, sentence: str, kind: Hashable, table: str, row: int) -> RowFault:
        """Keep a sentence with its kind."""
        fault = super().__new__(cls, sentence)
        fault.kind, fault.table, fault.row = kind, table, row
        return fault


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
