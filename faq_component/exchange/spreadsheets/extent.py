"""How much a workbook holds, counted before it is opened: a few bytes of it can name billions of cells."""

from __future__ import annotations

import zipfile
from typing import Any
from xml.parsers import expat

from faq_component.errors import FaqError
from faq_component.language import _

UNPACKED = 64 * 2**20  # bytes of a workbook's parts
CELLS = 500_000  # cells and rows, and the cells of merged ranges and links; some 100,000 rows of an FAQ
ELEMENTS = 3_000_000  # XML elements of all parts
_COSTS = {"c": 1, "row": 1, "r": 3, "mergeCell": 25}  # in cells: a run of one font, and a range, take as long to read
_BLOCK = 2**18  # bytes
_XML = (".xml", ".rels")


def check_extent(archive: zipfile.ZipFile) -> None:
    """Count what a workbook holds, and stop at the first bound.

    Raises:
        FaqError: it holds more than a bound; the message goes after the file's name.
    """
    size = sum(part.file_size for part in archive.infolist())
    if size > UNPACKED:
        message = _("unpacks to {size} MiB, more than {most}; delete empty rows and pictures, or split it")
        raise FaqError(message.format(size=size // 2**20, most=UNPACKED // 2**20))
    counter = _Counter()
    for part in archive.infolist():
        if part.filename.lower().endswith(_XML):
            with archive.open(part) as content:
                counter.read(content)


class _Counter:
    def __init__(self) -> None:
        self.cells = self.elements = 0

    def read(self, content: Any) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        try:
            while block := content.read(_BLOCK):
                parser.Parse(block, False)
        except expat.ExpatError:
            return  # openpyxl says what is wrong, where it reads this part

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        name = name.rpartition(":")[2]
        self.cells += _COSTS.get(name, 0)
        if name in ("mergeCell", "hyperlink"):
            self.cells += _area(attributes.get("ref", ""))
        if self.cells > CELLS:
            message = _("holds more than {most:,} cells, with those of merged ranges; clear what is empty, or split it")
            raise FaqError(message.format(most=CELLS))
        if self.elements > ELEMENTS:
            message = _("holds more than {most:,} XML elements; clear formats and pictures, or split it")
            raise FaqError(message.format(most=ELEMENTS))


def _area(reference: str) -> int:
    """Return the number of cells of a range such as ``A1:B2``; 0 where it is none, which openpyxl refuses."""
    from openpyxl.utils import range_boundaries

    try:
        left, top, right, bottom = range_boundaries(reference)
    except (ValueError, TypeError):
        return 0
    if left is None or top is None or right is None or bottom is None:
        return CELLS + 1  # whole rows or columns
    return max(0, right - left + 1) * max(0, bottom - top + 1)
