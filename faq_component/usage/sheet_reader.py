"""Reading back the Excel file of a review: every fault is named with its row and column."""

from __future__ import annotations

import difflib
from pathlib import Path

from faq_component.errors import FaqError, ReviewError
from faq_component.exchange.spreadsheets.workbook import Sheets, cells_of
from faq_component.knowledge.topics import Faq
from faq_component.text import normalize
from faq_component.usage.resolve import Action, Resolution
from faq_component.usage.sheet import ACTIONS, COLUMNS, SHEET


def read_sheet(path: Path, faq: Faq) -> list[Resolution]:
    """What people decided in an Excel file of `write_sheet`; rows without 处理 are left for next time.

    Raises:
        ReviewError: names every fault with row and column.
    """
    rows = _rows(path)
    new = {row["标题"] for _, row in rows if ACTIONS.get(row["处理"]) is Action.NEW_TOPIC}
    titles = {normalize(title): title for title in [*(topic.title for topic in faq.topics), *new] if title}
    ids = {topic.id: topic.title for topic in faq.topics}
    existing = {normalize(topic.title) for topic in faq.topics}
    reader = _Reader({**ids, **titles}, existing)
    found = [resolution for number, row in rows if (resolution := reader.read(number, row))]
    if reader.faults:
        raise ReviewError([f"{path}: {fault}" for fault in reader.faults])
    return found


class _Reader:
    """Turns rows into resolutions, and collects what is wrong with them."""

    def __init__(self, titles: dict[str, str], existing: set[str]) -> None:
        self._titles = titles
        self._existing = existing
        self._made: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self.faults: list[str] = []

    def read(self, number: int, row: dict[str, str]) -> Resolution | None:
        """The resolution of a row; None where there is none, or the row is faulty."""
        before = len(self.faults)
        action = ACTIONS.get(row["处理"])
        if action is None:
            self._without_action(number, row)
            return None
        texts = tuple(dict.fromkeys(line.strip() for line in row["问题"].splitlines() if line.strip()))
        if not texts:
            self._fault(number, "问题", "is empty; write one wording a line, or empty 处理")
        for text in texts:
            other = self._seen.setdefault(normalize(text), number)
            if other != number:
                self._fault(number, "问题", f"'{text}' is also in row {other}; keep it in one of them")
        title = self._title(number, row, action)
        if len(self.faults) > before:
            return None
        return Resolution(action, texts, title, row["答案"] if action is Action.NEW_TOPIC else "")

    def _without_action(self, number: int, row: dict[str, str]) -> None:
        if row["处理"]:
            self._fault(number, "处理", f"is '{row['处理']}'; choose one of {', '.join(ACTIONS)}, or leave it empty")
        for name in ("标题", "答案"):
            if row[name] and not row["处理"]:
                self._fault(number, name, "is filled, but 处理 is empty; choose 新主题, or empty it")

    def _title(self, number: int, row: dict[str, str], action: Action) -> str:
        if action is Action.ADD:
            return self._topic(number, row["主题"])
        if action is not Action.NEW_TOPIC:
            return ""
        for name in ("标题", "答案"):
            if not normalize(row[name]):
                self._fault(number, name, "is empty; a new topic needs a title and an answer")
        key = normalize(row["标题"])
        if key in self._existing:
            self._fault(number, "标题", f"'{row['标题']}' is a topic already; choose 加到主题 and this 主题")
        other = self._made.setdefault(key, number)
        if key and other != number:
            self._fault(number, "标题", f"'{row['标题']}' is also made in row {other}; choose 加到主题 here")
        return row["标题"]

    def _topic(self, number: int, named: str) -> str:
        title = self._titles.get(normalize(named)) if named else None
        if title is None:
            close = difflib.get_close_matches(named, self._titles.values(), n=1, cutoff=0.4)
            hint = f"; did you mean '{close[0]}'?" if close else "; choose one of the list"
            shown = f"'{named}' is no topic" if named else "is empty"
            self._fault(number, "主题", shown + hint)
        return title or ""

    def _fault(self, number: int, column: str, message: str) -> None:
        self.faults.append(f"row {number}, {column}: {message}")


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows that hold anything, with their numbers, each cell as a text."""
    try:
        book = Sheets(path.read_bytes())
    except OSError as error:
        raise ReviewError([f"{path}: cannot be read: {error.strerror}"]) from error
    except FaqError as error:
        raise ReviewError([f"{path}: {error}"]) from error
    sheet = next((sheet for sheet in book.sheets if sheet.title == SHEET), book.sheets[0])
    lines: dict[int, dict[int, str]] = {}
    faults = []
    for cell in cells_of(sheet):
        text, fault = book.text(cell)
        if fault:
            faults.append(f"{path}: row {cell.row}, column {cell.column_letter}: {fault}")
        lines.setdefault(cell.row, {})[cell.column] = text.strip()
    if faults:
        raise ReviewError(faults)
    header = {text: column for column, text in lines.pop(1, {}).items()}
    missing = [name for name in ("问题", "处理", "主题", "标题", "答案") if name not in header]
    if missing:
        raise ReviewError([f"{path}: row 1: there is no column {', '.join(missing)}; keep the columns of the export"])
    places = {name: header[name] for name in COLUMNS if name in header}
    rows = [(number, {name: line.get(at, "") for name, at in places.items()}) for number, line in lines.items()]
    return [(number, row) for number, row in rows if any(row.values())]
