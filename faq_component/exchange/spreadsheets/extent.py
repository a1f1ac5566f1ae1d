"""How much a workbook holds, counted before it is parsed: a few bytes of it can name billions of cells."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from typing import IO, Any
from xml.parsers import expat

from faq_component.errors import FaqError
from faq_component.language import _

UNPACKED = 64 * 2**20  # bytes of a workbook's parts
CELLS = 500_000  # cells and rows, and the cells of merged ranges and links; some 100,000 rows of an FAQ
ELEMENTS = 3_000_000  # XML elements of all parts
_READ = 4 * UNPACKED  # bytes of the parts as they are opened, some more than once
# In cells: a run of one font, and a range, take as long to read.
_COSTS = {"c": 1, "row": 1, "r": 3, "mergeCell": 25, "conditionalFormatting": 50}
_OF_PART = 100  # in cells: a sheet takes as long to make
_OF_RANGE = 10  # in cells: a range of a rule, such as one for what may be written into cells
_OF_NAME = 1_000  # characters of a name's range, such as of what is printed: openpyxl's expression takes their square
_RANGES = ("mergeCell", "hyperlink", "comment")  # openpyxl makes each of their cells
# What takes as long to read as a cell: openpyxl looks through all relationships for each link, and through all formats
# of numbers for each style, and translates the text of a shared formula for each cell.
_RELATIONSHIPS, _FORMATS, _CHARACTERS = 500, 50, 50
_BLOCK = 2**18  # bytes


class CountedArchive(zipfile.ZipFile):
    """The parts of a workbook, each counted whenever it is opened, whatever its name and kind.

    openpyxl follows the relationships between parts: any part may be a sheet, and of several sheets.

    Args:
        data: the bytes of the file.

    Raises:
        FaqError: it holds more than a bound, also where a part is opened; the message goes after the file's name.
        zipfile.BadZipFile: it is no archive.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self._extent = _Extent()
        _check_size(sum(part.file_size for part in self.infolist()), UNPACKED)

    def open(self, name: str | zipfile.ZipInfo, *further: Any, **named: Any) -> IO[bytes]:
        """Count a part, then open it.

        Raises:
            OSError: it is no XML, such as a picture, which openpyxl leaves out.
        """
        part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        with super().open(part) as content:
            self._extent.add(part, content)
        return super().open(part, *further, **named)


class _Extent:
    """The extent of the parts that were opened."""

    def __init__(self) -> None:
        self.cells = self.elements = self.bytes = 0
        self._relationships = 0  # of the part before; those of a sheet are read right before it

    def add(self, part: zipfile.ZipInfo, content: IO[bytes]) -> None:
        """Count a part, and stop at the first bound."""
        self.bytes += part.file_size
        _check_size(self.bytes, _READ)
        self._add_cells(_OF_PART)
        self._counts: Counter[str] = Counter()  # of elements that take the longer, the more there are of others
        self._shared = self._longest = 0  # characters of a shared formula
        self._named = 0  # of the range of a name
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.StartDoctypeDeclHandler = _refuse_entities
        try:
            while block := content.read(_BLOCK):
                parser.Parse(block, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise OSError(f"{part.filename}: {error}") from error
        counts = self._counts
        relationships = max(self._relationships, counts["Relationship"])
        self._add_cells(
            counts["hyperlink"] * relationships // _RELATIONSHIPS
            + counts["cellStyle"] * counts["numFmt"] // _FORMATS
            + counts["shared"] * self._longest // _CHARACTERS
        )
        self._relationships = counts["Relationship"]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        name = name.rpartition(":")[2]
        if cost := _COSTS.get(name):
            self._add_cells(cost)
        if name in _RANGES:
            self._add_cells(_area(attributes.get("ref", "")))
        if ranges := attributes.get("sqref"):
            self._add_cells(_OF_RANGE * (ranges.count(" ") + 1))
        if name == "definedName":
            self._named = 0
            self._parser.CharacterDataHandler, self._parser.EndElementHandler = self._range, self._end
        if name in ("hyperlink", "Relationship", "cellStyle", "numFmt"):
            self._counts[name] += 1
        elif name == "f" and attributes.get("t") == "shared":
            self._counts["shared"] += 1
            self._shared = 0
            self._parser.CharacterDataHandler, self._parser.EndElementHandler = self._text, self._end
        if self.elements > ELEMENTS:
            message = _("holds more than {most:,} XML elements; clear formats and pictures, or split it")
            raise FaqError(message.format(most=ELEMENTS))

    def _end(self, _name: str) -> None:
        self._parser.CharacterDataHandler = self._parser.EndElementHandler = None

    def _text(self, text: str) -> None:
        self._shared += len(text)
        self._longest = max(self._longest, self._shared)

    def _range(self, text: str) -> None:
        self._named += len(text)
        if self._named > _OF_NAME:
            message = _("has a named range of more than {most:,} characters; delete it, such as the print area")
            raise FaqError(message.format(most=_OF_NAME))

    def _add_cells(self, cells: int) -> None:
        self.cells += cells
        if self.cells > CELLS:
            message = _("holds more than {most:,} cells, with those of merged ranges; clear what is empty, or split it")
            raise FaqError(message.format(most=CELLS))


def _refuse_entities(*_declaration: Any) -> None:
    raise FaqError(_("declares a document type, as no workbook does; open it in Excel and save it again"))


def _check_size(size: int, most: int) -> None:
    if size > most:
        message = _("unpacks to {size} MiB, more than {most}; delete empty rows and pictures, or split it")
        raise FaqError(message.format(size=size // 2**20, most=most // 2**20))


def _area(reference: str) -> int:
    """Return the number of cells of a range such as ``A1:B2``; 0 where it is none, which openpyxl refuses."""
    from openpyxl.utils import range_boundaries, range_to_tuple

    try:
        bounds = range_to_tuple(reference)[1] if "!" in reference else range_boundaries(reference)
    except (ValueError, TypeError):
        return 0
    if not any(bounds):
        return 0
    left, top, right, bottom = bounds
    if left is None or top is None or right is None or bottom is None:
        return CELLS + 1  # whole rows or columns
    return max(0, right - left + 1) * max(0, bottom - top + 1)
