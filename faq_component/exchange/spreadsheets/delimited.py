"""CSV and TSV as spreadsheet programs write and read them."""

from __future__ import annotations

import re

# What a spreadsheet would take for a formula, also in full width, is written with an apostrophe before it (OWASP).
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r]")


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or GB18030.

    Raises:
        UnicodeDecodeError: it is none of these, such as damaged UTF-8.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        as_utf8 = data.decode("utf-8", "replace")
        broken = as_utf8.count("\ufffd")
        if sum(ch > "\x7f" for ch in as_utf8) - broken > broken:
            raise  # damaged UTF-8, which GB18030 would read as other characters
        return data.decode("gb18030")


def guarded(cell: str) -> str:
    """A cell behind an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """A cell as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
