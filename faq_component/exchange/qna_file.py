"""``.qna`` files of Bot Framework: Markdown with ``# ? question``, variations as a list, the answer in a fence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from faq_component.exchange.drafts import Drafts
from faq_component.exchange.json_file import read_items
from faq_component.exchange.product import Product
from faq_component.language import _
from faq_component.text import comparison_key

_QUESTION = re.compile(r"\s{0,3}#{1,6}\s*\?\s*(?P<text>.+)")
_ITEM = re.compile(r"\s*[-+*]\s+(?P<text>.+)")
_NUMBER = re.compile(r"\s*(?:<a\s+id\s*=\s*[\"'](?P<a>[^\"']+)|>\s*!#\s*@qna\.pair\.id\s*=\s*(?P<b>\S+))")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)\s*(?P<language>\w*)$")
_PROMPT = re.compile(r"\[(?P<title>[^\]]*)\]\(#(?P<target>[^)]*)\)")
_SECTION = re.compile(r"\s*\*\*(?P<name>Filters|Prompts):\*\*\s*$", re.IGNORECASE)


def read_qna_file(path: Path, data: bytes, drafts: Drafts) -> None:
    """Read the questions and answers of a ``.qna`` file."""
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        message = _("{path}: not UTF-8 (byte {number}); save the file as UTF-8")
        drafts.faults.append(message.format(path=path, number=error.start))
        return
    reader = _Reader()
    for line in lines:
        reader.read(line)
    reader.end_answer()
    if not reader.topics:
        drafts.faults.append(_("{path}: there is no question in it; write {form}").format(path=path, form="`# ? ...`"))
        return
    _name_prompts(reader.topics)
    read_items(path, reader.topics, drafts, Product.QNA_MAKER)


class _Reader:
    """Takes the lines of a file; `topics` are objects with the names of columns as keys."""

    def __init__(self) -> None:
        self.topics: list[dict[str, Any]] = []
        self._number = ""
        self._section = ""
        self._fence = ""  # that ends the answer; empty outside of one
        self._answer: list[str] = []

    def read(self, line: str) -> None:
        if self._fence:
            if line.strip().startswith(self._fence):
                self.end_answer()
            else:
                self._answer.append(line)
        elif match := _NUMBER.match(line):
            self._number = match["a"] or match["b"]
        elif match := _QUESTION.match(line):
            self.topics.append(
                {"number of the topic": self._number, "question": [match["text"].strip()], "answer": [], "tags": []}
            )
            self._number, self._section = "", ""
        elif self.topics:
            self._read_part(line)

    def end_answer(self) -> None:
        """Add the answer of a fence, also of one that the file does not close."""
        if self._fence:
            self.topics[-1]["answer"].append("\n".join(self._answer))
        self._fence, self._answer = "", []

    def _read_part(self, line: str) -> None:
        topic = self.topics[-1]
        if match := _FENCE.match(line.rstrip()):
            self._fence, self._section = match[1], ""
        elif match := _SECTION.match(line):
            self._section = match["name"].lower()
        elif match := _ITEM.match(line):
            text = match["text"].strip()
            if self._section == "filters":
                topic["tags"].append(text.partition("=")[2].strip() or text)
            elif self._section == "prompts":
                topic.setdefault("prompts", []).append(text)
            else:
                topic["question"].append(text)


def _name_prompts(topics: list[dict[str, Any]]) -> None:
    """Turn prompts, ``[title](#id)`` or ``[title](#?question)``, into buttons; the others stay as text."""
    asked = {topic["number of the topic"]: topic["question"][0] for topic in reversed(topics)}
    asked |= {f"?{_key(text)}": topic["question"][0] for topic in reversed(topics) for text in topic["question"]}
    for topic in topics:
        unread = []
        for prompt in topic.pop("prompts", []):
            match = _PROMPT.match(prompt)
            target = match["target"].strip() if match else ""
            name = asked.get(f"?{_key(target[1:])}" if target.startswith("?") else target) if target else None
            if match and name and name != topic["question"][0]:
                button = {"topic": name, "title": match["title"].strip()}
                topic.setdefault("follow-up topics", []).append(button)
            else:
                unread.append(prompt)
        if unread:
            topic["prompts"] = "; ".join(unread)


def _key(text: str) -> str:
    """Return what names a question: words may be joined by dashes."""
    return comparison_key(text.replace("-", " "))
