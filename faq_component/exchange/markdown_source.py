"""The parts of a Markdown document: front matter, boxes that open, headings, and the blocks below them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from faq_component.exchange.html_text import plain_text

_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_KEY = re.compile(r"([\w-]+)\s*[:=]")
_QUOTE = re.compile(r" {0,3}> ?")
_CALLOUT = re.compile(r"\s*(?:\*\*|__)?\s*\[!(?P<kind>\w+)\][-+]?\s*(?P<title>[^*_\n]*)(?:\*\*|__)?\s*$")
_NOTE = re.compile(
    r"\s*(?:\*\*|__|[^\w\s]{1,2}\s?)?\s*(?:注意|注|提示|小贴士|温馨提示|说明|警告|重要|备注|note|tip|warning|caution|important|hint|info|attention)"
    r"(?:事项)?\s*(?:\*\*|__)?\s*(?:[:：!！]|\n|$)",
    re.IGNORECASE,
)
# Boxes: `:::note`, `!!! note "title"` with indented lines, and `???`, which opens.
_COLONS = re.compile(r":::+\s*\{?\.?(?P<kind>[a-zA-Z][\w-]*)\}?\s*(?P<title>.*)$")
_COLONS_END = re.compile(r":::+\s*$")
_MARKS = re.compile(
    r"(?P<sign>!!!|\?\?\?\+?) ?(?P<kind>[a-zA-Z][\w-]*)?(?: inline(?: end)?)? ?(?:\"(?P<title>[^\"]*)\")?$"
)
_LONGEST_LABEL = 100  # characters of a line that are looked at for the label of a note
_LABELS = {
    "note": ("Note", "注意"), "info": ("Info", "说明"), "tip": ("Tip", "提示"), "hint": ("Hint", "提示"),
    "important": ("Important", "重要"), "warning": ("Warning", "警告"), "caution": ("Caution", "小心"),
    "danger": ("Danger", "危险"), "attention": ("Attention", "注意"), "success": ("Success", "成功"),
}  # fmt: skip
_DETAILS = re.compile(r"\s{0,3}<details\b[^<>]*>", re.IGNORECASE)
_DETAILS_TAG = re.compile(r"<(/?)details\b[^<>]*>", re.IGNORECASE)
_SUMMARY = re.compile(r"<summary\b[^<>]*>((?:(?!<summary\b).)*?)</summary>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of the top level: its type as markdown-it names it, its lines, and where each list item begins.

    `text` is what it says where that is not what its lines say.
    """

    type: str
    start: int
    end: int
    items: list[tuple[int, int]] = field(default_factory=list)
    text: str | None = None


@dataclass(frozen=True)
class Details:
    """A box that opens: its lines, the words to click at, and what it holds, from line `inside` on."""

    start: int
    end: int
    summary: str
    inside: int
    lines: Sequence[str]


@dataclass
class Section:
    """A heading and what follows it; level 0 is what stands before the first heading."""

    level: int
    heading: str
    line: int
    blocks: list[Block] = field(default_factory=list)
    details: list[Details] = field(default_factory=list)

    @property
    def begins_with_list(self) -> bool:
        """Whether a list with marks follows the heading."""
        return bool(self.blocks) and self.blocks[0].type == "bullet_list"


def take_front_matter(lines: list[str]) -> list[str]:
    """Empty the lines of the front matter, and return its keys; none where the document begins otherwise."""
    mark = lines[0].rstrip() if lines else ""
    if mark not in ("---", "+++"):
        return []
    ends = (
        number for number, line in enumerate(lines[1:], 1) if line.rstrip() in (mark, "..." if mark == "---" else mark)
    )
    end = next(ends, 0)
    inner = lines[1:end]
    keys = [match[1] for line in inner if (match := _KEY.match(line))]
    first = next((line for line in inner if line.strip() and not line.startswith("#")), "")
    if not end or not _KEY.match(first):
        return []
    lines[: end + 1] = [""] * (end + 1)
    return keys


def open_boxes(lines: list[str], *, chinese: bool) -> None:
    """Write the boxes of documentation tools as plain Markdown, line by line: a label and its text, or details."""
    fence = ""
    opened: list[bool] = []
    for number, line in enumerate(lines):
        fence = _fence_after(fence, line)
        if fence:
            continue
        if match := _COLONS.match(line):
            opens = match["kind"].lower() == "details"
            opened.append(opens)
            title = match["title"].strip()
            lines[number] = _opening(title) if opens else _label(match["kind"], title, chinese=chinese)
        elif opened and _COLONS_END.match(line):
            lines[number] = "</details>" if opened.pop() else ""
        elif line[:3] in ("!!!", "???") and (match := _MARKS.match(" ".join(line.split()))):
            opens = match["sign"] != "!!!" and bool(match["title"])
            end = _dedent(lines, number + 1)
            kind = match["kind"] or "note"
            lines[number] = _opening(match["title"]) if opens else _label(kind, match["title"] or "", chinese=chinese)
            if opens:
                _close(lines, end)


def take_details(lines: list[str]) -> list[Details]:
    """Empty the lines of boxes that open (``<details>`` with a ``<summary>``), and return them."""
    found: list[Details] = []
    fence, number = "", 0
    while number < len(lines):
        fence = _fence_after(fence, lines[number])
        if fence or not _DETAILS.match(lines[number]):
            number += 1
            continue
        end = _end_of_details(lines, number)
        text = "\n".join(lines[number:end])
        closing = list(_DETAILS_TAG.finditer(text))[-1]
        rest = text[closing.end() :] if closing[1] else ""
        inner = text[: closing.start()] if closing[1] else text
        if summary := _SUMMARY.search(inner):
            inside = number + inner.count("\n", 0, summary.end())
            found.append(
                Details(
                    number,
                    end,
                    " ".join(plain_text(summary[0]).text.split()),
                    inside,
                    inner[summary.end() :].split("\n"),
                )
            )
            lines[number:end] = [""] * (end - number - 1) + [rest]
        number = end
    return found


def sections_of(lines: Sequence[str]) -> list[Section]:
    """The headings of a document with their blocks; comments are left out."""
    from markdown_it import MarkdownIt

    sections = [Section(0, "", 0)]
    for token in MarkdownIt("commonmark").disable("inline").parse("\n".join(lines)):
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
            sections.append(Section(int(token.tag[1]), "", start))
        elif token.type != "html_block" or plain_text(token.content).text:
            section.blocks.append(Block(token.type.removesuffix("_open"), start, end))
    return sections


def unquoted(lines: Sequence[str], *, chinese: bool) -> str:
    """The text of a quote; the mark of a callout, ``[!NOTE]``, becomes a word."""
    inner = [_QUOTE.sub("", line, count=1) for line in lines]
    if inner and (match := _CALLOUT.match(inner[0][:_LONGEST_LABEL])):
        inner[0] = _label(match["kind"], match["title"].strip(), chinese=chinese)
    return "\n".join(inner)


def is_note(text: str) -> bool:
    """Whether a quote is a note beside an answer, not an answer: **注意：**, Note: and the like."""
    return _NOTE.match(text[:_LONGEST_LABEL]) is not None or text.startswith(
        tuple(f"**{word}**" for pair in _LABELS.values() for word in pair)
    )


def _label(kind: str, title: str, *, chinese: bool) -> str:
    english, word = _LABELS.get(kind.lower(), (kind.capitalize(), kind.capitalize()))
    return f"**{title or (word if chinese else english)}**"


def _opening(title: str) -> str:
    return f"<details><summary>{title}</summary>"


def _close(lines: list[str], end: int) -> None:
    """End details before a line: in the empty line that stands there, or behind the line before."""
    if end == len(lines):
        lines.append("")
    if lines[end].strip():
        lines[end - 1] += "</details>"
    else:
        lines[end] = "</details>"


def _dedent(lines: list[str], start: int) -> int:
    """Take the indent off the lines of a box; gives the line behind the last of them."""
    end = start
    for number in range(start, len(lines)):
        if lines[number].startswith("    "):
            lines[number] = lines[number][4:]
            end = number + 1
        elif lines[number].strip():
            break
    return end


def _fence_after(fence: str, line: str) -> str:
    """The fence that is open behind a line; empty outside of one."""
    match = _FENCE.match(line)
    if not match:
        return fence
    if not fence:
        return match[1]
    return "" if match[1].startswith(fence) and not line[match.end() :].strip() else fence


def _end_of_details(lines: Sequence[str], start: int) -> int:
    depth = 0
    for number in range(start, len(lines)):
        for tag in _DETAILS_TAG.finditer(lines[number]):
            depth += -1 if tag[1] else 1
        if depth <= 0:
            return number + 1
    return len(lines)


def plain_lines(blocks: Sequence[Block], lines: Sequence[str], *, chinese: bool) -> Iterator[str]:
    """The lines of blocks that are one answer, with quotes as plain text, and the empty lines between them."""
    end = blocks[0].start
    for block in blocks:
        yield from ("" for _ in range(min(block.start - end, 1)))
        if block.text is not None:
            yield block.text
        elif block.type == "blockquote":
            yield unquoted(lines[block.start : block.end], chinese=chinese)
        else:
            yield from lines[block.start : block.end]
        end = block.end
