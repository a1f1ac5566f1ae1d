"""Markdown: headings with lists of questions and quoted answers, or lines of Q and A."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faq_component.exchange.cells import read_answer, read_lines, read_text, write_answer, write_exact, write_line
from faq_component.exchange.drafts import Draft, Drafts
from faq_component.knowledge.responses import Response, response_to_json
from faq_component.knowledge.topics import Faq, Topic
from faq_component.language import _
from faq_component.text import normalize

_ID = re.compile(r"\s*\{#([^}\s]*)\}$")
_MARK = re.compile(
    r"\s*(\*\*|__)?(?:(?P<q>Q|问题?|提问)|A|答案?|回答)\s*\d*(\*\*|__)?\s*[:：](\*\*|__)?[ \t]*(?P<text>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ITEM = re.compile(r"\s*[-+*](?:\s+|$)")
_QUOTE = re.compile(r" {0,3}> ?")


@dataclass(frozen=True)
class _Block:
    """A block of the top level: its type as markdown-it names it, its lines, and where each list item begins."""

    type: str
    start: int
    end: int
    items: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class _Section:
    """A heading and what follows it; level 0 is what stands before the first heading."""

    level: int
    heading: str
    line: int
    blocks: list[_Block] = field(default_factory=list)

    @property
    def begins_with_list(self) -> bool:
        return bool(self.blocks) and self.blocks[0].type == "bullet_list"


def read_markdown(path: Path, data: bytes, drafts: Drafts) -> None:
    """Read headings with a list of questions, headings that are questions, and lines of Q and A."""
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
    _Reader(path, drafts, text.replace("\r\n", "\n").replace("\r", "\n")).read()


def write_markdown(faq: Faq) -> bytes:
    """The bytes of a Markdown file: a heading per topic with its id, questions as a list, each answer a quote."""
    return "\n".join(["# FAQ\n", *(_topic(topic) for topic in faq.topics)]).encode()


class _Reader:
    def __init__(self, path: Path, drafts: Drafts, text: str) -> None:
        self.path = path
        self.drafts = drafts
        self.lines = text.split("\n")
        self.text = text

    def where(self, line: int) -> str:
        return _("{path}: line {line}").format(path=self.path, line=line + 1)

    def note(self, line: int, what: str) -> None:
        self.drafts.notes.append(_("{where}: not read: {what}").format(where=self.where(line), what=what))

    def read(self) -> None:
        before = len(self.drafts.topics), len(self.drafts.faults)
        sections = _sections(self.text)
        titled = _has_title(sections)
        for number, section in enumerate(sections):
            following = sections[number + 1].level if number + 1 < len(sections) else 0
            questions = not section.begins_with_list and any(self.marks(block) for block in section.blocks)
            if questions:
                self.pairs(section)
            elif section.level == 0 or (titled and section is sections[1]):
                if section.blocks:
                    self.note(section.blocks[0].start, _("text that belongs to no question"))
            elif section.blocks or following <= section.level:
                self.topic(section)
        if before == (len(self.drafts.topics), len(self.drafts.faults)):
            form = _("`## title`, `- question`, `> answer`")
            self.drafts.faults.append(
                _("{path}: there is no question in it; write {form}").format(path=self.path, form=form)
            )

    def marks(self, block: _Block) -> bool:
        lines = self.lines[block.start : block.end] if block.type == "paragraph" else []
        return any(match["q"] for line in lines if (match := _MARK.match(line)))

    def draft(self, line: int, title: str, topic_id: str | None = None) -> Draft:
        where = self.where(line)
        if not normalize(title):
            self.drafts.faults.append(_("{where}: the heading is empty; write what it is about").format(where=where))
        draft = Draft(
            where,
            title,
            topic_id,
            no_post=_("{where}: topic '{title}' has no question; write a list of them, `- ...`").format(
                where=where, title=title
            ),
            no_response=_("{where}: topic '{title}' has no answer; write a paragraph or a quote, `> ...`").format(
                where=where, title=title
            ),
        )
        return self.drafts.topic(draft)

    def topic(self, section: _Section) -> None:
        """A heading: with a list of questions below it, or itself the question."""
        match = _ID.search(section.heading)
        heading = section.heading[: match.start()] if match else section.heading
        title = read_text(_unmarked(heading))
        draft = self.draft(section.line, title, match[1] if match else None)
        blocks = section.blocks
        if section.begins_with_list:
            for start, end in blocks[0].items:
                draft.posts += [str(item.value) for item in read_lines(self.item(start, end))]
            blocks = blocks[1:]
        elif title not in draft.posts:
            draft.posts.append(title)
        for line, answer in self.answers(blocks):
            for item in read_answer(answer):
                self.drafts.response(draft, item.value, self.where(line))

    def item(self, start: int, end: int) -> str:
        """A question: the lines of a list item, as one."""
        first = _ITEM.sub("", self.lines[start], count=1)
        return " ".join([first, *(line.strip() for line in self.lines[start + 1 : end])]).strip()

    def answers(self, blocks: Sequence[_Block]) -> Iterator[tuple[int, str]]:
        """Each quote is an answer, each object in a fence of JSON, and all that stands between them."""
        plain: list[_Block] = []
        for block in [*blocks, _Block("hr", 0, 0)]:
            is_object = block.type == "fence" and self.lines[block.start].strip(" `~").lower() == "json"
            if not is_object and block.type not in ("blockquote", "hr"):
                plain.append(block)
                continue
            if plain:
                yield plain[0].start, _unmarked("\n".join(self.lines[plain[0].start : plain[-1].end]))
                plain = []
            if block.type == "blockquote":
                yield (
                    block.start,
                    "\n".join(_QUOTE.sub("", line, count=1) for line in self.lines[block.start : block.end]),
                )
            elif is_object:
                yield block.start, "\n".join(self.lines[block.start + 1 : block.end - 1])

    def pairs(self, section: _Section) -> None:
        """Lines of Q and A: several Q are one topic, whose title is the first; several A are its answers."""
        draft: Draft | None = None
        answer: list[str] = []
        start = section.blocks[0].start
        asking = False

        for number in range(section.blocks[0].start, section.blocks[-1].end):
            line = self.lines[number]
            match = _MARK.match(line)
            text = _unmarked(line).strip() if match else line
            if match and match["q"]:
                self.end_answer(draft, answer, start)
                draft = draft if asking and draft else self.draft(number, text)
                if text not in draft.posts:
                    draft.posts.append(text)
                asking = True
            elif draft is None:
                if line.strip():
                    self.note(number, _("text before the first question"))
            elif match or line.strip() or answer:
                if match or not answer:
                    self.end_answer(draft, answer, start)
                    start = number
                answer.append(text)
                asking = False
        self.end_answer(draft, answer, start)

    def end_answer(self, draft: Draft | None, lines: list[str], start: int) -> None:
        """Add the answer in `lines`, of which the first is line `start`, and empty them for the next one."""
        if draft:
            for item in read_answer("\n".join(lines)):
                self.drafts.response(draft, item.value, self.where(start))
        lines.clear()


def _sections(text: str) -> list[_Section]:
    from markdown_it import MarkdownIt

    sections = [_Section(0, "", 0)]
    for token in MarkdownIt("commonmark").disable("inline").parse(text):
        section = sections[-1]
        if token.level == 1 and token.type == "inline" and not section.blocks and not section.heading:
            section.heading = token.content
        if token.map is None or token.level > 1:
            continue
        start, end = token.map
        if token.level == 1:
            if token.type == "list_item_open":
                section.blocks[-1].items.append((start, end))
        elif token.type == "heading_open":
            sections.append(_Section(int(token.tag[1]), "", start))
        else:
            section.blocks.append(_Block(token.type.removesuffix("_open"), start, end))
    return sections


def _has_title(sections: Sequence[_Section]) -> bool:
    """Whether the first heading is that of the document: the only one of its level, above all others."""
    levels = Counter(section.level for section in sections[1:])
    if len(levels) < 2:
        return False
    first = sections[1]
    return first.level == min(levels) and levels[first.level] == 1 and not first.begins_with_list


def _unmarked(text: str) -> str:
    """A text without its Q or A, and without the bold type of both."""
    match = _MARK.match(text)
    if not match:
        return text
    rest: str = match["text"]
    if match[1] and not match[3] and not match[4] and rest.rstrip().endswith(match[1]):
        return rest.rstrip()[: -len(match[1])]
    return rest


def _topic(topic: Topic) -> str:
    title = write_exact(topic.title) if _MARK.match(topic.title) else write_line(topic.title)
    posts = "".join(f"- {_post(post)}\n" for post in topic.posts)
    responses = [_response(response) for response in topic.responses]
    return "\n".join([f"## {title} {{#{topic.id}}}\n", posts, *responses])


def _response(response: Response) -> str:
    if isinstance(response, str):
        return "".join(f"> {line}\n" if line else ">\n" for line in write_answer(response).split("\n"))
    content = json.dumps(response_to_json(response), ensure_ascii=False, indent=2)
    return f"```json\n{content}\n```\n"


def _post(post: str) -> str:
    is_rule = not post.strip("- \t")  # with its "- " it would be a line across the page
    return write_exact(post) if is_rule else write_line(post)
