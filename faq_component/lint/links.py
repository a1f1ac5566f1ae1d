"""Links that cannot work, as far as their text tells; nothing is fetched."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from faq_component.knowledge.responses import Response, said
from faq_component.lint.findings import Finding, finding
from faq_component.lint.places import Entry

_URL = r"[A-Za-z0-9\-._~:/?#@!$&'*+,;=%]"
_TLD = (
    r"(?:com|cn|net|org|io|edu|gov|info|biz|top|shop|store|xyz|vip|site|club|online|app|me|cc|tv|hk|tw|de|uk|jp|us|eu)"
)
_LINK = re.compile(
    rf"(?P<scheme>(?<![A-Za-z])[A-Za-z]{{2,20}}\s?[:：]\s?[/／]{{1,3}}|[A-Za-z]{{3,5}}(?=//)//)(?P<rest>\s?{_URL}*)"
    rf"|(?<![\w@.\-/])(?P<bare>(?:www\s?\.\s?)?(?:[a-z0-9-]+\.)+{_TLD}(?:\.cn)?\b(?:[/?#]{_URL}*)?|www\s?\.{_URL}+)",
    re.I,
)
# Behind a link: the rest of it, after a space, or in full-width characters.
_AFTER_SPACE = re.compile(rf"[ \u3000](?=(?:\.?[A-Za-z0-9_\-]+[./?=]|\.)[A-Za-z0-9]){_URL}+")
_WIDE = re.compile(r"[：／．。？＝＆＃％＿－](?=[A-Za-z0-9])")
_TAIL = ".,;:!?'"
_SCHEMES = {"http", "https", "mailto", "tel", "ftp", "sms"}
_LIKE_HTTP = 0.6  # likeness from which a scheme is a misspelt http
_NOWHERE = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|org|net|cn)|test|localhost|local|invalid|internal)|(?:your|my)?-?domain\.com|x{2,}\.(?:com|cn)"
)


def links(entries: Sequence[Entry]) -> Iterator[Finding]:
    """The rule ``link``, but for brackets around links, which `texts.braces` sees."""
    for entry in entries:
        for number, response in enumerate(entry.topic.responses):
            for text in [*said(response), *_addresses(response)]:
                for kind, facts in faults(text):
                    yield finding(kind, entry, text, entry.response_line(number), **facts)


def _addresses(response: Response) -> list[str]:
    """The fields of a response that hold an address."""
    if isinstance(response, str):
        return []
    fields = [response.image, response.attachment, *(button.get("url") for button in response.buttons)]
    return [text for text in fields if isinstance(text, str)]


def faults(text: str) -> list[tuple[str, dict[str, str]]]:
    """The faulty links of a text: which sentence says what is wrong, and what it names; one for each link."""
    found = []
    at = 0
    while match := _LINK.search(text, at):
        at = match.end()
        rest = re.match(rf"(?:{_WIDE.pattern}{_URL}*)+", text[at:])
        space = _AFTER_SPACE.match(text, at)
        fault = _fault(match, text[at : at + (rest.end() if rest else 0)], space[0] if space else "")
        if fault:
            kind, link, more = fault
            found.append((kind, {"link": link, **more}))
    return found


def _fault(match: re.Match[str], wide: str, space: str) -> tuple[str, str, dict[str, str]] | None:
    link = match[0].rstrip(_TAIL)
    if match["bare"]:
        is_name = link.lower() != link and "/" not in link and not link.lower().startswith("www")  # Booking.com
        return None if is_name else ("link-scheme", link, {})
    scheme = match["scheme"]
    name = re.split(r"[\s:：/／]", scheme)[0].lower()
    for char in "：／":
        if char in scheme:
            return "link-wide", link, {"char": char}
    if name not in _SCHEMES:
        likely = max(SequenceMatcher(None, name, known).ratio() for known in ("http", "https"))
        return ("link-scheme", link, {}) if likely > _LIKE_HTTP else None  # or an app's own, such as imeituan://
    if name not in ("http", "https"):
        return None
    if any(char.isspace() for char in scheme + match["rest"][:1]):
        return "link-space", link, {}
    if scheme.lower() not in ("http://", "https://"):
        return "link-scheme", link, {}
    host = _host(link)
    if wide and ("." not in host or wide[0] not in "。？：" or re.match(r"？\w+[=＝]", wide)):
        return "link-wide", link + wide, {"char": wide[0]}
    if space:
        return "link-space", link + space, {}
    return None if _is_reachable(link, host) else ("link-host", link, {})


def _host(link: str) -> str:
    try:
        return urlsplit(link).hostname or ""
    except ValueError:
        return ""


def _is_reachable(link: str, host: str) -> bool:
    try:
        urlsplit(link).port  # noqa: B018 (raises where it is no number)
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        names = host.split(".")
        return len(names) > 1 and all(names) and not _NOWHERE.fullmatch(host)
