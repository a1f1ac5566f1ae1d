"""Reading back the Excel file of a review: every fault is named with its row and column."""

from __future__ import annotations

import difflib
from pathlib import Path

from faq_component.errors import FaqError, ReviewError
from faq_component.exchange.spreadsheets.workbook import Sheets, cells_of
from faq_component.knowledge.faults import Fault
from faq_component.knowledge.topics import Faq
from faq_component.language import LANGUAGES, _, in_every_language, listed, speaking
from faq_component.text import normalize
from faq_component.usage.resolve import Action, Resolution
from faq_component.usage.sheet import ACTION, ANSWER, COLUMNS, QUESTIONS, SHEET, TITLE, TOPIC


def read_sheet(path: Path, faq: Faq) -> list[Resolution]:
    """What people decided in an Excel file of `write_sheet`; rows without an action are left for next time.

    Raises:
        ReviewError: names every fault with row and column.
    """
    rows, spoken = _rows(path)
    new = {row[TITLE] for _number, row in rows if _action(row) is Action.NEW_TOPIC}
    titles = {normalize(title): title for title in [*(topic.title for topic in faq.topics), *new] if title}
    ids = {topic.id: topic.title for topic in faq.topics}
    existing = {normalize(topic.title) for topic in faq.topics}
    reader = _Reader({**ids, **titles}, existing, spoken)
    found = [resolution for number, row in rows if (resolution := reader.read(number, row))]
    if reader.faults:
        raise ReviewError([_("{where}: {message}").format(where=path, message=fault) for fault in reader.faults])
    return found


class _Reader:
    """Turns rows into resolutions, and collects what is wrong with them.

    Faults are in the language spoken, but name columns and actions as the sheet does, whose language is `written`.
    """

    def __init__(self, titles: dict[str, str], existing: set[str], written: str) -> None:
        self._titles = titles
        self._existing = existing
        self._written = written
        self._made: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self.faults: list[str] = []

    def read(self, number: int, row: dict[str, str]) -> Resolution | None:
        """The resolution of a row; None where there is none, or the row is faulty."""
        before = len(self.faults)
        action = _action(row)
        if action is None:
            self._without_action(number, row)
            return None
        texts = tuple(dict.fromkeys(line.strip() for line in row[QUESTIONS].splitlines() if line.strip()))
        if not texts:
            message = _("is empty; write one wording a line, or empty {action}")
            self._fault(number, QUESTIONS, message.format(action=self._word(ACTION)))
        for text in texts:
            other = self._seen.setdefault(normalize(text), number)
            if other != number:
                message = _("'{text}' is also in row {other}; keep it in one of them")
                self._fault(number, QUESTIONS, message.format(text=text, other=other))
        title = self._title(number, row, action)
        if len(self.faults) > before:
            return None
        return Resolution(action, texts, title, row[ANSWER] if action is Action.NEW_TOPIC else "")

    def _without_action(self, number: int, row: dict[str, str]) -> None:
        if row[ACTION]:
            message = _("is '{value}'; choose one of {actions}, or leave it empty")
            actions = listed(self._word(action.value) for action in Action)
            self._fault(number, ACTION, message.format(value=row[ACTION], actions=actions))
        for name in (TITLE, ANSWER):
            if row[name] and not row[ACTION]:
                message = _("is filled, but {action} is empty; choose {new_topic}, or empty it")
                words = {"action": self._word(ACTION), "new_topic": self._word(Action.NEW_TOPIC.value)}
                self._fault(number, name, message.format(**words))

    def _title(self, number: int, row: dict[str, str], action: Action) -> str:
        if action is Action.ADD:
            return self._topic(number, row[TOPIC])
        if action is not Action.NEW_TOPIC:
            return ""
        for name in (TITLE, ANSWER):
            if not normalize(row[name]):
                self._fault(number, name, _("is empty; a new topic needs a title and an answer"))
        title = row[TITLE]
        key = normalize(title)
        if key in self._existing:
            message = _("'{title}' is a topic already; choose {add} and this {topic}")
            words = {"add": self._word(Action.ADD.value), "topic": self._word(TOPIC)}
            self._fault(number, TITLE, message.format(title=title, **words))
        other = self._made.setdefault(key, number)
        if key and other != number:
            message = _("'{title}' is also made in row {other}; choose {add} here")
            self._fault(number, TITLE, message.format(title=title, other=other, add=self._word(Action.ADD.value)))
        return title

    def _topic(self, number: int, named: str) -> str:
        title = self._titles.get(normalize(named)) if named else None
        if title is None:
            close = difflib.get_close_matches(named, self._titles.values(), n=1, cutoff=0.4)
            message = _("is empty; choose one of the list")
            if close:
                message = _("'{title}' is no topic; did you mean '{meant}'?")
            elif named:
                message = _("'{title}' is no topic; choose one of the list")
            self._fault(number, TOPIC, message.format(title=named, meant="".join(close)))
        return title or ""

    def _fault(self, number: int, column: str, message: str) -> None:
        place = _("row {number}, {column}").format(number=number, column=self._word(column))
        self.faults.append(_("{where}: {message}").format(where=place, message=message))

    def _word(self, word: str) -> str:
        """A heading or an action as it stands in the sheet."""
        with speaking(self._written):
            return _(word)


def _action(row: dict[str, str]) -> Action | None:
    return next((action for action in Action if row[ACTION] in in_every_language(action.value)), None)


def _rows(path: Path) -> tuple[list[tuple[int, dict[str, str]]], str]:
    """The rows that hold anything, with their numbers, each cell as a text; and the language of the headings."""
    try:
        book = Sheets(path.read_bytes())
    except OSError as error:
        raise ReviewError([str(Fault(path, _("cannot be read: {reason}").format(reason=error.strerror)))]) from error
    except FaqError as error:
        raise ReviewError([str(Fault(path, str(error)))]) from error
    sheet = next((sheet for sheet in book.sheets if sheet.title in in_every_language(SHEET)), book.sheets[0])
    lines: dict[int, dict[int, str]] = {}
    faults = []
    for cell in cells_of(sheet):
        text, fault = book.text(cell)
        if fault:
            place = _("{path}: row {row}, column {letter}").format(path=path, row=cell.row, letter=cell.column_letter)
            faults.append(_("{where}: {message}").format(where=place, message=fault))
        lines.setdefault(cell.row, {})[cell.column] = text.strip()
    if faults:
        raise ReviewError(faults)
    header = {text: column for column, text in lines.pop(1, {}).items()}
    places = {name: header[text] for name in COLUMNS for text in in_every_language(name) if text in header}
    missing = [_(name) for name in (QUESTIONS, ACTION, TOPIC, TITLE, ANSWER) if name not in places]
    if missing:
        message = _("{path}: row 1: there is no column {names}; keep the columns of the export")
        raise ReviewError([message.format(path=path, names=listed(missing))])
    rows = [(number, {name: line.get(at, "") for name, at in places.items()}) for number, line in lines.items()]
    written = next(name for name, text in zip(LANGUAGES, in_every_language(ACTION), strict=True) if text in header)
    return [(number, row) for number, row in rows if any(row.values())], written
