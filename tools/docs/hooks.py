"""Hooks of MkDocs (mkdocs.yml): pages that include a file or are made from the code, and links out of the site."""

from __future__ import annotations

import re
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from faq_component.retrieval.tokens import use_private_jieba_cache
from faq_component.settings import Settings
from tools.docs.diagrams import diagram
from tools.docs.links import ROOT, rewrite_links
from tools.docs.reference import GENERATED

_INCLUDE = re.compile(r"<!-- include: (\S+) -->")
_ENGLISH = re.compile(r"<!-- english from: (.+) -->")
_GENERATED = re.compile(r"<!-- generated: (\S+) -->")
_DIAGRAM = re.compile(r"<!-- diagram: (\S+) -->")
_UNTRANSLATED = {"zh": '!!! note "本页还没有中文"\n\n    以下是英文原文；[参与翻译](%s)。\n\n'}
_PARTLY = '!!! note "以下还没有中文"\n\n    英文原文如下；[参与翻译](%s)。\n\n'


def on_startup(**_: Any) -> None:
    """Keep the dictionary by which the search divides Chinese words out of the shared temporary folder."""
    use_private_jieba_cache(ROOT / Settings.cache_dir)


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Return the text of a page with what it includes, what is made from the code, and links that work on the site."""
    language = config.plugins["i18n"].current_language  # type: ignore[attr-defined]
    here = page.file.src_uri
    repository = config.extra.get("repository_files")
    translating = "../" * here.count("/") + "project/translating.md"
    text = _ENGLISH.sub(lambda match: _PARTLY % translating + _english(here, match[1]), markdown)
    text = rewrite_links(text, f"docs/{here}", here, repository)
    text = _INCLUDE.sub(lambda match: _included(match[1], here, repository), text)
    text = _GENERATED.sub(lambda match: GENERATED[match[1]](language), text)
    text = _DIAGRAM.sub(lambda match: diagram(match[1], language), text)
    if language in _UNTRANSLATED and getattr(page.file, "locale", language) != language:
        heading, rest = _after_heading(text)
        page.meta.setdefault("search", {})["exclude"] = True  # the English page is found
        return heading + _UNTRANSLATED[language] % translating + rest
    return text


def _included(file: str, page: str, repository: str | None) -> str:
    return rewrite_links((ROOT / file).read_text("utf-8"), file, page, repository)


def _english(page: str, line: str) -> str:
    """Return the English text of a page from a line on.

    Raises:
        ValueError: it has no such line.
    """
    english = re.sub(r"\.[a-z]{2}\.md$", ".md", page)
    _, found, rest = (ROOT / "docs" / english).read_text("utf-8").partition(f"\n{line}\n")
    if not found:
        raise ValueError(f"docs/{english} has no line '{line}', which {page} names")
    return line + "\n" + rest


def _after_heading(text: str) -> tuple[str, str]:
    """Split a text behind its front matter and its first heading."""
    match = re.match(r"(---\n.*?\n---\n)?\s*(# .*\n+)", text, re.DOTALL)
    end = match.end() if match else 0
    return text[:end], text[end:]
