"""The forms of a page, as a browser would fill them in and send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_TYPED = frozenset(("text", "search", "password", "email", "url", "hidden_text"))


@dataclass
class Form:
    """A form that changes something.

    Args:
        place: to which it is sent.
        fields: names and values of the fields that nobody types into.
        typed: names of the fields into which people type.
        files: names of the fields for files.
        can_be_sent: whether it has a button for that.
    """

    place: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    can_be_sent: bool = False

    def filled(self, text: str) -> dict[str, Any]:
        """Return what is sent where a text is typed into every field."""
        return {**self.fields, **{name: [text] for name in self.typed}}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.links: list[str] = []
        self._select = ""
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            place = given.get("hx-post") or (given.get("action", "") if given.get("method") == "post" else "")
            self._open = Form(place)
            if place:
                self.found.append(self._open)
        if self._open is None:
            return
        name = given.get("name", "")
        self._open.can_be_sent |= (
            tag == "button" and given.get("type", "submit") == "submit" and "disabled" not in given
        )
        if tag == "textarea" or (tag == "input" and given.get("type", "text") in _TYPED):
            self._open.typed.append(name)
        elif tag == "input" and given.get("type") == "file":
            self._open.files.append(name)
        elif tag in ("input", "button") and name and given.get("type") not in ("checkbox", "radio"):
            self._open.fields.setdefault(name, []).append(given.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and self._select not in self._open.fields:
            self._open.fields[self._select] = [given.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "select":
            self._select = ""


def read_page(page: str) -> tuple[list[Form], list[str]]:
    """Return the forms of a page that change something, and its links."""
    parser = _Forms()
    parser.feed(page)
    return parser.found, parser.links
