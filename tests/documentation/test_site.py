"""The site that `make docs` shows: complete, with a search that knows Chinese words, and nothing from elsewhere."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from faq_component.rasa.process.launch import HOST
from tests.documentation.pages import DOCS, PAGES
from tools.docs.links import INCLUDED, rewrite_links
from tools.docs.reference import GENERATED


def test_every_page_is_in_both_languages_or_says_that_it_is_not(site: Path) -> None:
    pages = {page.relative_to(DOCS).with_suffix("") for page in DOCS.rglob("*.md") if not page.stem.endswith(".zh")}
    for page in pages:
        address = page.parent if page.name in ("index", "README") else page
        chinese = (site / "zh" / address / "index.html").read_text("utf-8")
        assert (site / address / "index.html").exists()
        translated = (DOCS / f"{page}.zh.md").exists()
        assert ("本页还没有中文" in chinese) == (not translated), page


def test_a_chinese_page_links_to_the_chinese_one_where_there_is_one() -> None:
    for page in PAGES:
        if not page.stem.endswith(".zh"):
            continue
        for target in re.findall(r"(?<!\[English\])\(([^()\s#:]+\.md)[)#]", page.read_text("utf-8")):
            twin = target.removesuffix(".md") + ".zh.md"
            assert target.endswith(".zh.md") or not (page.parent / twin).exists(), f"{page}: {target}"


def test_an_untranslated_rest_is_the_english_one(site: Path) -> None:
    chinese = (site / "zh/results/any-faq/index.html").read_text("utf-8")
    assert "以下还没有中文" in chinese
    assert "All sizes at 0.95" in chinese


class _Loaded(HTMLParser):
    """The addresses that a browser loads for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe", "source"):
            self.addresses.append(given.get("src") or "")
        if tag == "link" and given.get("rel") in ("stylesheet", "preconnect", "icon", "preload"):
            self.addresses.append(given.get("href") or "")


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = _Loaded()
        loaded.feed(page.read_text("utf-8"))
        assert loaded.addresses
        assert not [address for address in loaded.addresses if re.match(r"(https?:)?//", address)], page
    for style in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import )['\"]?(https?:)?//", style.read_text("utf-8")), style


def test_no_mark_is_left_in_a_page(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert not re.search(r"&lt;!-- (include|generated|diagram|english from)", page.read_text("utf-8")), page
        assert not re.search(r"<!-- (include|generated|diagram|english from)", page.read_text("utf-8")), page


def test_every_generated_part_is_shown(site: Path) -> None:
    pages = "\n".join(page.read_text("utf-8") for page in DOCS.rglob("*.md"))
    for name in GENERATED:
        assert f"<!-- generated: {name} -->" in pages


def test_a_link_to_a_file_that_there_is_not_ends_the_build() -> None:
    with pytest.raises(FileNotFoundError, match=r"docs/guides/lint\.md links to faq_component/lint/none\.py"):
        rewrite_links("[rules](../../faq_component/lint/none.py)", "docs/guides/lint.md", "guides/lint.md")


@pytest.mark.parametrize(
    ("link", "repository", "expected"),
    [
        ("[rules](../../faq_component/lint/words.py)", None, "rules (`faq_component/lint/words.py`)"),
        (
            "[rules](../../faq_component/lint/words.py)",
            "https://a/b",
            "[rules](https://a/b/faq_component/lint/words.py)",
        ),
        ("[data](../../data/README.md#x)", None, "[data](../project/data.md#x)"),
        ("[vulnerabilities](../../SECURITY.zh.md)", None, "[vulnerabilities](../project/security.zh.md)"),
        ("[next](edit.md#top)", None, "[next](edit.md#top)"),
        ("[out](https://example.com)", None, "[out](https://example.com)"),
        ("`[code](../../none.py)`", None, "`[code](../../none.py)`"),
    ],
)
def test_links_on_the_site(link: str, repository: str | None, expected: str) -> None:
    assert rewrite_links(link, "docs/guides/lint.md", "guides/lint.md", repository) == expected


def test_a_file_at_the_top_shows_no_link_to_its_other_language_on_the_site() -> None:
    text = "[中文](SECURITY.zh.md), [channels](docs/channels/README.zh.md)"
    shown = ", [channels](../channels/README.zh.md)"
    assert rewrite_links(text, "SECURITY.md", "project/security.md") == shown


def test_what_a_page_includes_is_named_by_it() -> None:
    for file, page in INCLUDED.items():
        assert f"<!-- include: {file} -->" in (DOCS / page).read_text("utf-8")


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    with http.server.ThreadingHTTPServer((HOST, 0), functools.partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("start", "words", "found"),
    [
        ("/", "excel", "/guides/import-export/"),
        ("/zh/", "excel", "/guides/import-export/"),
        ("/", "wechat", "/channels/wechat/"),
        ("/zh/", "阈值", "/zh/concepts/decision/"),
        ("/zh/", "反问", "/zh/concepts/decision/"),
    ],
)
def test_the_search_finds(browser: Any, address: str, start: str, words: str, found: str) -> None:
    page = browser.new_page()
    page.goto(address + start)
    page.click(".md-search__input")
    page.keyboard.type(words)
    results: list[str] = []
    for _looked in range(1_000):
        # The page searches when a key goes up. Playwright types Chinese without keys, and a page that has no index yet
        # forgets the key.
        page.keyboard.press("End")
        results = page.eval_on_selector_all(".md-search-result__item a", "links => links.map(link => link.pathname)")
        if found in results:
            break
        page.wait_for_timeout(200)
    page.close()
    assert found in results


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 740}}])
def test_pages_fit_and_log_no_error(browser: Any, address: str, look: dict[str, Any]) -> None:
    page = browser.new_context(**look).new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("response", lambda response: faults.append(response.url) if response.status >= 400 else None)
    for name in ("/", "/zh/", "/concepts/message/", "/reference/settings/", "/zh/reference/command-line/"):
        page.goto(address + name)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider == 0, f"{name} is wider than the screen"
    page.context.close()
    # The theme asks each page in another language for a list of its own, and does without.
    assert not [fault for fault in faults if not fault.endswith("/sitemap.xml")]
