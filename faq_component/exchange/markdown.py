"""Markdown: headings with lists of questions and quoted answers, documents of questions and answers as people write."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faq_component.exchange.answer_text import as_meant
from faq_component.exchange.cells import Item, is_json, read_answer, read_lines, read_text
from faq_component.exchange.drafts import Drafts
from faq_component.exchange.entries import Entry, add_entries
from faq_component.exchange.markdown_questions import (
    are_counted,
    has_mark,
    is_bold,
    is_marked_question,
    not_bold,
    number_of,
    question_in,
    unmarked,
    without_number,
)
from faq_component.exchange.markdown_source import (
    Block,
    Details,
    Section,
    is_note,
    open_boxes,
    plain_lines,
    sections_of,
    take_details,
    take_front_matter,
    unquoted,
)
from faq_component.exchange.rasa_markdown import rasa_markdown_fault
from faq_component.exchange.remarks import Did
from faq_component.knowledge.options import options_from_json
from faq_component.knowledge.question_form import is_question
from faq_component.language import _, listed
from faq_component.text import normalize

_ID = re.compile(r"(?<!\s)\s*\{#([^{}\s]*)\}$")
_ITEM = re.compile(r"\A\s*(?:[-+*]|\d{1,9}[.)])(?:\s+|$)")
_OPTIONS = re.compile(r"<!-- (\{.*\}) -->\s*$")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_SHOWN = 30  # characters of a text in a message


def read_markdown(path: Path, data: bytes, drafts: Drafts) -> None:
    """Read headings with a list of questions, headings that are questions, lines of Q and A, and boxes that open."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        drafts.faults.append(
            _("{path}: line {line}: not UTF-8 (byte {number}); save the file as UTF-8").format(
                path=path, line=line, number=error.start
            )
        )
        return
    if fault := rasa_markdown_fault(path, text):
        drafts.faults.append(fault)
        return
    _Reader(path, drafts).read(text.replace("\r\n", "\n").replace("\r", "\n"))


@dataclass
class _Asked:
    """A question among the text below a heading, and the text that answers it, with the line where that begins."""

    line: int
    question: str
    parts: list[str] = field(default_factory=list)
    start: int = 0

    def add(self, line: int, text: str) -> None:
        if text.strip():
            self.start = self.start if self.parts else line
            self.parts.append(text.strip("\n"))


class _Reader:
    """Reads one file; its documents are the file itself and what stands in boxes that open."""

    def __init__(self, path: Path, drafts: Drafts) -> None:
        self.path = path
        self.drafts = drafts
        self.chinese = False
        self.entries: list[Entry] = []
        self.empty: list[str] = []

    def read(self, text: str) -> None:
        """Read the text of the file."""
        faults = len(self.drafts.faults)
        self.chinese = _CHINESE.search(text) is not None
        lines = text.split("\n")
        if keys := take_front_matter(lines):
            self.note(0, _("front matter ({keys})").format(keys=listed(keys)))
        open_boxes(lines, chinese=self.chinese)
        _Document(self, lines, 0, ()).read()
        add_entries(self.entries, self.drafts)
        self.drafts.faults += self.empty
        if not self.entries and len(self.drafts.faults) == faults:
            form = _("`## title`, `- question`, `> answer`")
            self.drafts.faults.append(
                _("{path}: there is no question in it; write {form}").format(path=self.path, form=form)
            )

    def where(self, line: int) -> str:
        """The place of a line, counted from 0."""
        return _("{path}: line {line}").format(path=self.path, line=line + 1)

    def note(self, line: int, what: str) -> None:
        """Say what is not read."""
        self.drafts.notes.append(_("{where}: not read: {what}").format(where=self.where(line), what=what))

    def entry(self, line: int, name: str, tags: Sequence[str], *, topic_id: str | None = None) -> Entry:
        """A topic, without its questions and answers."""
        where = self.where(line)
        if not normalize(name):
            self.empty.append(_("{where}: the heading is empty; write what it is about").format(where=where))
        entry = Entry(where, id=topic_id, title_chosen=True, named=name, tags=list(tags), table=str(self.path))
        entry.no_post = _("{where}: topic '{title}' has no question; write a list of them, `- ...`").format(
            where=where, title=name
        )
        entry.no_response = _("{where}: topic '{title}' has no answer; write a paragraph or a quote, `> ...`").format(
            where=where, title=name
        )
        self.entries.append(entry)
        return entry

    def answer(self, entry: Entry, line: int, text: str) -> None:
        """Add an answer, as it is meant; one that is written as JSON is exact."""
        where = self.where(line)
        if not is_json(text):
            meant = as_meant(text, in_markdown=True)
            for did in meant.did:
                self.drafts.remarks.add(did, f"{where}: {' '.join(text.split())[:_SHOWN]}")
            for struck in meant.struck:
                message = _("{where}: struck out: {text}").format(where=where, text=struck[:_SHOWN])
                self.drafts.remarks.add(Did.LEFT_OUT, message)
            if meant.did:
                entry.answers += [(Item(meant.value, exact=True), where)] if meant.value else []
                return
        entry.answers += [(Item(item.value, exact=True), where) for item in read_answer(text)]


class _Document:
    """Lines with headings; `offset` is the number of the first one in the file."""

    def __init__(self, reader: _Reader, lines: list[str], offset: int, tags: Sequence[str]) -> None:
        self.reader = reader
        self.offset = offset
        self.tags = tags
        self.details = take_details(lines)
        self.lines = lines
        self.sections = sections_of(lines)
        self.titled = _has_title(self.sections)
        self.numbered = _numbered_levels(self.sections)
        self.above: list[tuple[int, str]] = []  # levels and names of the headings that hold others

    def read(self) -> None:
        """Read the sections one after the other."""
        ends = [section.line for section in self.sections[1:]] + [len(self.lines)]
        for number, (section, end) in enumerate(zip(self.sections, ends, strict=True)):
            section.details = [box for box in self.details if section.line <= box.start < end]
            self.above = [(level, name) for level, name in self.above if level < section.level]
            following = self.sections[number + 1].level if number + 1 < len(self.sections) else 0
            self.section(section, holds_others=following > section.level)

    def section(self, section: Section, *, holds_others: bool) -> None:
        """Read a section: lines of Q and A, questions in its text or in boxes, or itself a question."""
        is_title = section.level == 0 or (self.titled and section is self.sections[1])
        name = self.name(section)
        if any(self.is_marked(block) for block in section.blocks):
            self.enter(section, name, is_title=is_title)
            self.pairs(section)
            self.boxes(section)
            return
        boxes = bool(section.details) and (is_title or self.are_questions(section, name))
        if section.details and not boxes:
            section.blocks.extend(self.box_as_block(box) for box in section.details)
            section.blocks.sort(key=lambda block: block.start)
        leading, asked = self.questions(section)
        if asked and (is_title or boxes or not is_question(name) or (not leading and len(asked) > 1)):
            self.enter(section, name, is_title=is_title)
            self.leave_out(leading)
            for each in asked:
                self.asked(each)
        elif is_title or boxes:
            self.enter(section, name, is_title=is_title)
            self.leave_out(section.blocks)
        elif section.blocks or not holds_others:
            self.topic(section, name)
            return
        else:
            self.enter(section, name, is_title=False)
        if boxes:
            self.boxes(section)

    def name(self, section: Section) -> str:
        """The words of a heading; one with an id is taken as it stands."""
        heading = section.heading
        if match := _ID.search(heading):
            return read_text(unmarked(heading[: match.start()]))
        if is_json(heading):
            return read_text(heading)
        if section.level in self.numbered:
            heading = without_number(heading)
        return read_text(unmarked(not_bold(heading)))

    def enter(self, section: Section, name: str, *, is_title: bool) -> None:
        """Have a heading hold the topics below it, as their tag."""
        if not is_title and normalize(name):
            self.above.append((section.level, name))

    @property
    def path(self) -> list[str]:
        return [*self.tags, *(name for _level, name in self.above)]

    def leave_out(self, blocks: Sequence[Block]) -> None:
        if blocks:
            self.reader.note(self.offset + blocks[0].start, _("text that belongs to no question"))

    def is_marked(self, block: Block) -> bool:
        lines = self.lines[block.start : block.end] if block.type == "paragraph" else []
        return any(map(is_marked_question, lines))

    def are_questions(self, section: Section, name: str) -> bool:
        """Whether the boxes of a section are questions of their own, not parts of its answer."""
        if any(is_question(box.summary) for box in section.details):
            return not (is_question(name) and section.blocks)
        return not is_question(name) and not section.blocks

    def box_as_block(self, box: Details) -> Block:
        text = "\n".join((box.summary, "", *box.lines)).strip()
        return Block("details", box.start, box.end, text=re.sub(r"\n{3,}", "\n\n", text))

    def boxes(self, section: Section) -> None:
        """Read boxes that open: one with further boxes in it is a category, else its words are a question."""
        for box in section.details:
            inner = list(box.lines)
            name = without_number(not_bold(unmarked(not_bold(box.summary))))
            if any("<details" in line.lower() for line in inner):
                _Document(self.reader, inner, self.offset + box.inside, [*self.path, name]).read()
                continue
            asked = _Asked(box.start, name)
            asked.add(box.inside, "\n".join(inner))
            self.asked(asked)

    def questions(self, section: Section) -> tuple[list[Block], list[_Asked]]:
        """The questions in the text of a section, with their answers, and the blocks before the first one."""
        leading: list[Block] = []
        found: list[_Asked] = []
        lists = sum(block.type.endswith("_list") for block in section.blocks)
        for number, block in enumerate(section.blocks):
            following = section.blocks[number + 1 :][:1]
            goes_on = any(not each.type.endswith("_list") for each in following)
            if new := self.asked_in(block, goes_on=goes_on and (lists > 1 or block.type == "ordered_list")):
                found += new
            elif found:
                found[-1].add(block.start, "\n".join(plain_lines([block], self.lines, chinese=self.reader.chinese)))
            else:
                leading.append(block)
        return leading, found

    def asked_in(self, block: Block, *, goes_on: bool) -> list[_Asked]:
        """The questions that a block begins with: a paragraph, or each item of a list.

        The answer of a list's only item may stand behind the list, where it `goes_on`.
        """
        if block.type == "paragraph":
            question = question_in(self.lines[block.start].strip(), marked=False)
            return [self.from_lines(block.start, block.end, question)] if question else []
        if block.type not in ("bullet_list", "ordered_list"):
            return []
        firsts = [_ITEM.sub("", self.lines[start], count=1).strip() for start, _end in block.items]
        asking = [question_in(first, marked=True) for first in firsts]
        if sum(map(bool, asking)) * 2 < len(firsts) or not all(
            question or is_bold(first) for question, first in zip(asking, firsts, strict=True)
        ):
            return []
        found = [
            self.from_lines(start, end, question or not_bold(first))
            for (start, end), question, first in zip(block.items, asking, firsts, strict=True)
        ]
        return found if any(each.parts for each in found) or (len(found) == 1 and goes_on) else []

    def from_lines(self, start: int, end: int, question: str) -> _Asked:
        rest = self.lines[start + 1 : end]
        indent = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
        asked = _Asked(start, question)
        asked.add(start + 1, "\n".join(line[indent:] for line in rest))
        return asked

    def asked(self, asked: _Asked) -> None:
        """Add a topic of a question in the text."""
        entry = self.reader.entry(self.offset + asked.line, asked.question, self.path)
        entry.questions.append(Item(asked.question, exact=True))
        lines = "\n\n".join(asked.parts).split("\n")
        sections = sections_of(lines)
        blocks = sections[0].blocks if len(sections) == 1 else [Block("headings", 0, len(lines))]
        for line, text in self.answers(blocks, lines):
            self.reader.answer(entry, self.offset + asked.start + line, unmarked(text))

    def topic(self, section: Section, name: str) -> None:
        """A heading: with a list of questions below it, or itself the question."""
        match = _ID.search(section.heading)
        entry = self.reader.entry(self.offset + section.line, name, self.path, topic_id=match[1] if match else None)
        self.options(entry, section)
        blocks = section.blocks
        if section.begins_with_list and self.lists_questions(section, name, has_id=match is not None):
            entry.title = name
            items = [item for start, end in blocks[0].items for item in read_lines(self.item(start, end))]
            entry.questions += [Item(item.value, exact=True) for item in items]
            blocks = blocks[1:]
        else:
            entry.title = name if match else ""
            entry.questions.append(Item(name, exact=True))
        for line, text in self.answers(blocks, self.lines, notes=match is None):
            self.reader.answer(entry, self.offset + line, text)

    def options(self, entry: Entry, section: Section) -> None:
        """Read the optional keys that an export writes in a comment, the first that stands below the heading."""
        end = section.blocks[0].start if section.blocks else len(self.lines)
        below = range(section.line + 1, end)
        match = next((_OPTIONS.match(self.lines[number]) for number in below if self.lines[number].strip()), None)
        if match is None or entry.id is None:
            return
        try:
            options = options_from_json(json.loads(match[1]))
        except (ValueError, AttributeError, TypeError):
            self.reader.note(self.offset + section.line, _("the comment below the heading"))
            return
        entry.say(options)

    def lists_questions(self, section: Section, name: str, *, has_id: bool) -> bool:
        """Whether the list after a heading holds ways to ask, not the steps of its answer."""
        others = section.blocks[1:]
        if has_id or (others and all(self.is_own(block) for block in others)):
            return True
        items = [self.item(start, end) for start, end in section.blocks[0].items]
        if sum(map(is_question, items)) * 2 >= len(items):
            return True
        return bool(others) and not is_question(name)

    def is_own(self, block: Block) -> bool:
        """Whether a block is an answer in the form that an export writes."""
        return block.type in ("blockquote", "hr") or self.is_object(block, self.lines)

    def item(self, start: int, end: int) -> str:
        """A question: the lines of a list item, as one."""
        first = _ITEM.sub("", self.lines[start], count=1)
        return " ".join([first, *(line.strip() for line in self.lines[start + 1 : end])]).strip()

    @staticmethod
    def is_object(block: Block, lines: Sequence[str]) -> bool:
        return block.type == "fence" and lines[block.start].strip(" `~").lower() == "json"

    def answers(
        self, blocks: Sequence[Block], lines: Sequence[str], *, notes: bool = True
    ) -> Iterator[tuple[int, str]]:
        """The answers of blocks, each with its line: quotes alone are one each, quotes amid text are part of it.

        A rule divides answers, an object in a fence of JSON is one. With `notes`, a quote that begins as a note does
        belongs to the answer before it.
        """
        for group in _divided(blocks):
            plain = [block for block in group if not self.is_object(block, lines)]
            mixed = any(block.type != "blockquote" for block in plain)
            part: list[Block] = []
            for block in group:
                if self.is_object(block, lines):
                    yield from self.joined(part, lines)
                    part = []
                    yield block.start, "\n".join(lines[block.start + 1 : block.end - 1])
                    continue
                text = unquoted(lines[block.start : block.end], chinese=self.reader.chinese)
                if part and not mixed and not (notes and is_note(text)):
                    yield from self.joined(part, lines)
                    part = []
                part.append(block)
            yield from self.joined(part, lines)

    def joined(self, blocks: Sequence[Block], lines: Sequence[str]) -> Iterator[tuple[int, str]]:
        if blocks:
            text = "\n".join(plain_lines(blocks, lines, chinese=self.reader.chinese))
            yield blocks[0].start, text if blocks[0].type == "blockquote" else unmarked(text)

    def pairs(self, section: Section) -> None:
        """Lines of Q and A: several Q are one topic, whose title is the first; several A are its answers."""
        entry: Entry | None = None
        answer: list[str] = []
        start = section.blocks[0].start
        asking = False
        for number in range(section.blocks[0].start, section.blocks[-1].end):
            line = self.lines[number]
            text = unmarked(line).strip() if has_mark(line) else line
            if is_marked_question(line):
                self.end_answer(entry, answer, start)
                entry = entry if asking and entry else self.reader.entry(self.offset + number, text, self.path)
                entry.questions.append(Item(text, exact=text not in [item.value for item in entry.questions]))
                asking = True
            elif entry is None:
                if line.strip():
                    self.reader.note(self.offset + number, _("text before the first question"))
            elif has_mark(line) or line.strip() or answer:
                if has_mark(line) or not answer:
                    self.end_answer(entry, answer, start)
                    start = number
                answer.append(text)
                asking = False
        self.end_answer(entry, answer, start)

    def end_answer(self, entry: Entry | None, lines: list[str], start: int) -> None:
        """Add the answer in `lines`, of which the first is line `start`, and empty them for the next one."""
        if entry:
            self.reader.answer(entry, self.offset + start, "\n".join(lines))
        lines.clear()


def _divided(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Blocks between rules."""
    group: list[Block] = []
    for block in blocks:
        if block.type == "hr":
            yield group
            group = []
        else:
            group.append(block)
    yield group


def _has_title(sections: Sequence[Section]) -> bool:
    """Whether the first heading is that of the document: the only one of its level, above all others."""
    levels = Counter(section.level for section in sections[1:])
    if not levels:
        return False
    first = sections[1]
    only = first.level == min(levels) and levels[first.level] == 1 and not first.begins_with_list
    return only and (len(levels) > 1 or bool(first.level == 1 and not is_question(first.heading)))


def _numbered_levels(sections: Sequence[Section]) -> frozenset[int]:
    """The levels of which the headings with a number count up from 1, so that the numbers are none of their words."""
    numbers: dict[int, list[int]] = {}
    for section in sections:
        if not _ID.search(section.heading) and (number := number_of(section.heading)) is not None:
            numbers.setdefault(section.level, []).append(number)
    return frozenset(level for level, found in numbers.items() if are_counted(found))
