"""Opening Excel workbooks (.xlsx) that may be damaged or huge, and what their cells show."""

from __future__ import annotations

import io
import re
import sys
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

from faq_component.errors import FaqError
from faq_component.exchange.spreadsheets.displayed import displayed, east_asian_date
from faq_component.exchange.spreadsheets.extent import CountedArchive
from faq_component.language import _

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LONGEST = 32_767  # characters of a cell, Excel's bound
_CHARACTERS = 64 * 2**20  # of all cells: a text can stand in many
_LONGEST_REASON = 300  # characters
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HYPERLINK = re.compile(r'=\s*HYPERLINK\(\s*"([^"]+)"', re.IGNORECASE)


class Sheets:
    """The sheets of a workbook, and the values that its formulas had when they were computed last.

    Args:
        data: the bytes of the file.

    Raises:
        FaqError: it cannot be read; the message goes after the file's name.
    """

    def __init__(self, data: bytes) -> None:
        self._as_written = _load(data, computed=False)
        cells = [cell for sheet in self._as_written.worksheets for cell in cells_of(sheet)]
        self._computed = (
            _load(data, computed=True) if any(cell.data_type == "f" for cell in cells) else self._as_written
        )
        _check_characters([cell.value for cell in cells])
        fonts: Any = vars(self._as_written)["_fonts"]
        self._struck_fonts = frozenset(at for at, font in enumerate(fonts) if font.strike)

    @property
    def sheets(self) -> list[Worksheet]:
        """The sheets with cells, in their order."""
        return list(self._as_written.worksheets)

    def text(self, cell: Any) -> tuple[str, str | None]:
        """What a cell of a sheet shows, and what is wrong with it."""
        value, kind = cell.value, cell.data_type
        if kind == "f":
            shown: Any = self._computed[cell.parent.title].cell(cell.row, cell.column)
            value, kind = shown.value, shown.data_type
            if value is None:
                return "", _(
                    "holds a formula that was never computed; open the file in Excel and save it, or write the text"
                )
        if value is None:
            return "", None
        if isinstance(value, list):  # a text in several fonts
            value = "".join(map(str, value))
        if kind == "e":
            return "", _("shows the error {value}; correct its formula or write the text").format(value=value)
        if isinstance(value, int | float) and not -sys.float_info.max <= value <= sys.float_info.max:
            return "", _("holds a number beyond 1.8E+308, the largest there is; correct it or format the cell as text")
        number_format = _format_of(cell)
        if isinstance(value, int | float) and (local := east_asian_date(cell._style.numFmtId)):
            from openpyxl.utils.datetime import from_excel

            try:
                value, number_format = from_excel(value, self._as_written.epoch), local
            except (OverflowError, ValueError):
                return "", _("holds {value}, which is no date; format the cell as text or a number").format(
                    value=displayed(value, "General")
                )
        return displayed(value, number_format).replace("_x000D_", ""), None

    def kept(self, cell: Any, text: str) -> str:
        """The part of a cell's text that is not struck out."""
        if self._is_struck(cell):
            return ""
        runs = cell.value if isinstance(cell.value, list) else ()
        if not any(_is_struck(run) for run in runs):
            return text
        return "".join(str(run) for run in runs if not _is_struck(run))

    def struck(self, cell: Any, text: str) -> str:
        """The part of a cell's text that is struck out."""
        runs = cell.value if isinstance(cell.value, list) else ()
        return text if self._is_struck(cell) else "".join(str(run) for run in runs if _is_struck(run))

    def _is_struck(self, cell: Any) -> bool:
        return cell._style.fontId in self._struck_fonts  # `cell.font` would make an object for each cell

    def link(self, cell: Any) -> str | None:
        """The address that a cell leads to; None where it leads nowhere, or to a place of the workbook itself."""
        if cell.hyperlink is not None and cell.hyperlink.target:
            target = str(cell.hyperlink.target)
            place = cell.hyperlink.location
            return f"{target}#{place}" if place and "#" not in target else target
        formula = cell.value if cell.data_type == "f" else None
        match = _HYPERLINK.match(formula) if isinstance(formula, str) else None
        return match[1] if match else None


def _format_of(cell: Any) -> str:
    try:
        return str(cell.number_format)
    except IndexError:  # a number of a format that the workbook does not have, which Excel ignores
        return "General"


def _is_struck(run: Any) -> bool:
    font = getattr(run, "font", None)
    return bool(font is not None and font.strike)


def cells_of(sheet: Worksheet) -> list[Any]:
    """The cells that a sheet holds, row by row."""
    # iter_rows would make every cell up to the last, and one stray cell at the bottom costs a million rows.
    return [cell for _place, cell in sorted(sheet._cells.items())]


def writable(text: str) -> str:
    """Return what of a text a cell can hold: without characters that XML refuses, and at most `LONGEST` characters."""
    return _UNWRITABLE.sub("", text)[:LONGEST]


def _check_characters(values: list[Any]) -> None:
    of_runs: dict[int, int] = {}  # of a text in several fonts, by `id`: many cells share one
    total = 0
    for value in values:
        if isinstance(value, list) and id(value) not in of_runs:
            of_runs[id(value)] = sum(len(str(run)) for run in value)
        total += of_runs[id(value)] if isinstance(value, list) else len(value) if isinstance(value, str) else 0
    if total > _CHARACTERS:
        raise FaqError(_("its cells hold more than {most:,} characters; split it").format(most=_CHARACTERS))


def _load(data: bytes, *, computed: bool) -> Workbook:
    from openpyxl.reader.excel import ExcelReader

    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise FaqError(_("an old (.xls) or encrypted workbook; save it as .xlsx, without a password"))
    try:
        archive = CountedArchive(data)
    except zipfile.BadZipFile as error:
        raise FaqError(_("not an Excel workbook; save it as .xlsx")) from error
    try:
        with archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about colours and drop-down lists
            reader = ExcelReader(io.BytesIO(data), data_only=computed, keep_links=False, rich_text=True)
            reader.archive.close()
            reader.archive = archive
            reader.read()
            return reader.wb
    except FaqError:
        raise
    except Exception as error:  # openpyxl and zipfile raise errors of many kinds for what is damaged
        raise _damaged(error) from error


def _damaged(error: Exception) -> FaqError:
    reason = " ".join(str(error.__cause__ or error).split())[:_LONGEST_REASON] or type(error).__name__
    return FaqError(_("the workbook is damaged ({error}); open it in Excel and save it again").format(error=reason))
