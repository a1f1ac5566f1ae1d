"""HTML in texts, written out as plain text; what it shows besides words, addresses and images, is kept."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.entities import html5
from html.parser import HTMLParser

_BLOCKS, _INLINE = (
    frozenset(names.split())
    for names in (
        "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 "
        "h2 h3 h4 h5 h6 head header html li main nav ol p pre section summary table tbody tfoot thead title tr ul",
        "a abbr acronym audio b bdi bdo big button cite code data del dfn em embed font i iframe ins kbd label mark "
        "noscript object output q s samp script small span strike strong style sub sup td template textarea th time tt "
        "u var video",
    )
)
_ALONE = frozenset(("br", "hr", "img", "wbr", "source", "col", "input", "link", "meta"))  # without an end tag
_ENDLESS = frozenset(("p", "li", "td", "tr"))  # whose end tags people leave out
_KNOWN = _BLOCKS | _INLINE | _ALONE
_PARAGRAPHS = frozenset(("blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"))
_UNSEEN = frozenset(("script", "style", "template", "title", "head"))
_STRUCK = frozenset(("s", "del", "strike"))
_SOURCES = frozenset(("img", "video", "audio", "iframe", "embed", "source"))
_RAISED = {
    "sup": str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ"),
    "sub": str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"),
}
_RAISING = {"sup": "^", "sub": "_"}

_TAG = re.compile(r"<(?P<end>/)?(?P<name>[a-z][a-z0-9]*)(?P<rest>(?:\s[^<>]*|/)?)>", re.IGNORECASE)
# A bracket that opens no tag: HTMLParser looks for its end again and again, and fails at ``<![``.
_STRAY = re.compile(r"<(?!!--)(?:(?=!\[)|(?![^<>]*>))")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_NO_ENTITY = re.compile(r"&(?!(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});)", re.IGNORECASE)
_CODE = re.compile(r"(```.*?```|~~~.*?~~~|`[^`\n]+`)", re.DOTALL)
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_BREAK_IN_CHINESE = re.compile(rf"(?<=[{_WIDE}])[ \t]*\n\s*(?=[{_WIDE}])")
_BREAK_AT_LINE_END = re.compile(r"<br\s*/?>[ \t]*\n", re.IGNORECASE)
_HELD = re.compile("\ue000([0-9]+)\ue001")


@dataclass(frozen=True)
class Plain:
    """A text without HTML.

    Args:
        text: what users read.
        images: addresses of its images, which stand in the text too, unless it is the only one.
        struck: texts that are struck out, and so are left out.
    """

    text: str
    images: Sequence[str] = ()
    struck: Sequence[str] = ()


def html_in(text: str) -> str:
    """Return the first tag, comment or entity of a text that holds HTML; else an empty text.

    Tags count with their end or with attributes, and those without an end, such as ``<br>``: a name in angle brackets,
    such as ``<code>`` alone, is none. Code spans and fences are not looked at.
    """
    outside = "".join(_CODE.split(text)[::2])
    if _has_tags(outside):
        tags = (tag for tag in _TAG.finditer(outside) if tag["name"].lower() in _KNOWN)
        return next((found[0] for found in tags), "<!-- -->")
    return next(filter(_is_entity, _ENTITY.findall(outside)), "")


def has_html(text: str) -> bool:
    """Whether a text holds HTML (`html_in`)."""
    return ("<" in text or "&" in text) and bool(html_in(text))


def plain_text(text: str, *, keep_lines: bool = False) -> Plain:
    """Return what a text with HTML shows, as plain text.

    Blocks and ``<br>`` become lines, items of lists get a mark, cells of a table a ``|`` between them. Addresses stand
    behind the words that lead to them. Struck-out text is left out. Line breaks and indents of the source are kept with
    `keep_lines`, and where there is no block, as in ``<b>``.
    """
    if not has_html(text):
        return Plain(text)
    code = _CODE.split(text)
    marked = "".join(part if number % 2 == 0 else f"\ue000{number}\ue001" for number, part in enumerate(code))
    found = (
        _of_tags(marked, keep_lines)
        if _has_tags(marked)
        else Plain(_ENTITY.sub(lambda each: _character(each[0]), marked))
    )
    kept = _HELD.sub(lambda held: code[int(held[1])] if int(held[1]) < len(code) else held[0], found.text)
    return Plain(kept, found.images, found.struck)


def _has_tags(text: str) -> bool:
    if "-->" in text[text.find("<!--") + 1 :] and "<!--" in text:
        return True
    opened: set[str] = set()
    for tag in _TAG.finditer(text):
        name = tag["name"].lower()
        if name not in _KNOWN:
            continue
        if tag["end"]:
            if name in opened or name in ("p", "br"):
                return True
        elif (name in _ENDLESS and name in opened) or name in _ALONE or re.search(r"\s[\w-]+\s*=", tag["rest"]):
            return True
        opened.add(name)
    return False


def _is_entity(entity: str) -> bool:
    return entity[1] == "#" or entity[1:] in html5


def _character(entity: str) -> str:
    return html.unescape(entity).replace("\xa0", " ") if _is_entity(entity) else entity


def _of_tags(text: str, keep_lines: bool) -> Plain:
    keep_lines = keep_lines or not any(tag["name"].lower() in _BLOCKS for tag in _TAG.finditer(text))
    if keep_lines:
        text = _BREAK_AT_LINE_END.sub("<br>", text)
    elif "<pre" not in text.lower():
        text = _BREAK_IN_CHINESE.sub("", text)
    parser = _Parser(keep_lines=keep_lines)
    parser.feed(_NO_ENTITY.sub("&amp;", _without_strays(text)))
    parser.close()
    return parser.result()


def _without_strays(text: str) -> str:
    """Write brackets that open neither a tag nor a comment as the characters that they are."""
    ended = text.rfind("-->")
    text = text[: max(ended, 0)] + text[max(ended, 0) :].replace("<!--", "&lt;!--")
    return _STRAY.sub("&lt;", text)


@dataclass
class _Raised:
    """A text within ``<sup>`` or ``<sub>``."""

    tag: str
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        plain = "".join(self.parts)
        raised = plain.translate(_RAISED[self.tag])
        if all(old != new or not old.isalnum() for old, new in zip(plain, raised, strict=True)):
            return raised
        return f"{_RAISING[self.tag]}({plain})" if len(plain) > 1 else f"{_RAISING[self.tag]}{plain}"


class _Parser(HTMLParser):
    """Collects the text that a browser shows; `keep_lines` where line breaks of the source are meant."""

    def __init__(self, *, keep_lines: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._keep_lines = keep_lines
        self._parts: list[str] = []
        self._images: list[tuple[int, str, str]] = []  # place in the parts, address, words
        self._struck: list[str] = []
        self._links: list[tuple[str, int]] = []
        self._lists: list[int | None] = []  # the number of the last item; None without numbers
        self._unseen = self._crossed = self._preformatted = 0
        self._holds_preformatted = False
        self._raised: _Raised | None = None

    def result(self) -> Plain:
        """Return the text, tidied; an image alone of its kind is taken out of it."""
        for tag in _RAISED:
            self._end_style(tag)
        while self._links:
            self._end_link()
        images = [address for _place, address, _words in self._images]
        if len(images) == 1 and re.match("https?://", images[0]):
            place, _address, words = self._images[0]
            self._parts[place] = f" {words} " if words else " "
        lines = "".join(self._parts).split("\n")
        if self._holds_preformatted or self._keep_lines:
            lines = [line.rstrip() for line in lines]
        else:
            lines = [re.sub(r"[ \t]+", " ", line).strip() for line in lines]
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        return Plain(text, images, [" ".join(each.split()) for each in self._struck if each.strip()])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the start of an element."""
        given = {name: value or "" for name, value in attrs}
        if tag not in _KNOWN:
            self._add(self.get_starttag_text() or "")
        elif tag in _UNSEEN or tag in _STRUCK or tag in _RAISED:
            self._start_style(tag)
        elif tag == "br":
            self._parts.append("\n")
        elif tag == "a":
            self._links.append((given.get("href", "").strip(), len(self._parts)))
        elif tag in _SOURCES:
            self._add_source(tag, given)
        elif tag in ("td", "th"):
            if self._parts and not self._parts[-1].endswith("\n"):
                self._parts.append(" | ")
        elif tag in _BLOCKS or tag == "hr":
            self._start_block(tag, given)

    def handle_endtag(self, tag: str) -> None:
        """Take the end of an element."""
        if tag not in _KNOWN:
            self._add(f"</{tag}>")
        elif tag in _UNSEEN or tag in _STRUCK or tag in _RAISED:
            self._end_style(tag)
        elif tag == "a":
            if self._links:
                self._end_link()
        elif tag in _BLOCKS and tag not in ("td", "th"):
            self._end_block(tag)

    def handle_data(self, data: str) -> None:
        """Take text."""
        if not self._keep_lines and not self._preformatted:
            data = re.sub(r"\s+", " ", data.replace("\xa0", " "))
        self._add(data.replace("\xa0", " "))

    def unknown_decl(self, data: str) -> None:
        """Take the text of a CDATA section."""
        self._add(data.partition("[")[2])

    def _start_style(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _STRUCK:
            self._crossed += 1
            self._struck.append("")
        else:
            self._raised = _Raised(tag)

    def _end_style(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag in _STRUCK:
            self._crossed = max(self._crossed - 1, 0)
        elif self._raised and self._raised.tag == tag:
            raised, self._raised = self._raised.text, None
            self._add(raised)

    def _end_block(self, tag: str) -> None:
        if tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        if tag == "pre":
            self._preformatted = max(self._preformatted - 1, 0)
        self._break(2 if tag in _PARAGRAPHS else 1)

    def _start_block(self, tag: str, given: dict[str, str]) -> None:
        self._break(2 if tag in _PARAGRAPHS and not self._lists else 1)
        if tag in ("ol", "ul"):
            start = given.get("start", "1")
            self._lists.append((int(start) if start.isdecimal() else 1) - 1 if tag == "ol" else None)
        elif tag == "pre":
            self._preformatted += 1
            self._holds_preformatted = True
        elif tag == "li":
            number = self._lists[-1] if self._lists else None
            if number is not None:
                self._lists[-1] = number + 1
            self._parts.append("- " if number is None else f"{number + 1}. ")

    def _break(self, lines: int) -> None:
        """End the line, with an empty one behind it where `lines` is 2; lists stay together."""
        text = "".join(self._parts[-4:])
        if not text.strip(" \n") and not "".join(self._parts).strip():
            return
        if re.search(r"(?:^|\n)(?:- |[0-9]+\. )$", text):  # a block that begins an item
            return
        ended = len(text) - len(text.rstrip("\n "))
        present = text[len(text) - ended :].count("\n")
        if (missing := (1 if self._lists else lines) - present) > 0:
            self._parts.append("\n" * missing)

    def _add(self, text: str) -> None:
        if self._unseen:
            return
        if self._crossed:
            self._struck[-1] += text
        elif self._raised:
            self._raised.parts.append(text)
        elif text:
            begins = not self._parts or self._parts[-1].endswith("\n")
            self._parts.append(text.lstrip(" ") if begins and not (self._preformatted or self._keep_lines) else text)

    def _add_source(self, tag: str, given: dict[str, str]) -> None:
        address = given.get("src", "").strip()
        words = given.get("alt", "").strip()
        if self._crossed or self._unseen:
            return
        if tag == "img" and address:
            self._images.append((len(self._parts), address, words))
        self._parts.append(" ".join(("", *filter(None, (words, address)), "")))

    def _end_link(self) -> None:
        address, start = self._links.pop()
        shown = "".join(self._parts[start:]).strip()
        bare = re.sub(r"^(?:https?:)?//|^mailto:|^tel:|/$", "", address)
        if not address or address.startswith(("#", "javascript:")) or bare in shown or self._crossed or self._unseen:
            return
        self._parts.append((" " if shown else "") + re.sub(r"^(?:mailto|tel):", "", address) + " ")
