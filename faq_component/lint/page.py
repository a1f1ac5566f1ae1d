"""The findings as one HTML page, in the language spoken, that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faq_component.language import _, language, ngettext
from faq_component.lint.findings import Finding
from faq_component.lint.words import RULES
from faq_component.support.html_page import render_page

_TEMPLATE = Path(__file__).parent / "lint.html.jinja"


def to_html(place: str, findings: Sequence[Finding]) -> str:
    """The page: the findings by rule, with a field to search in them.

    Raises:
        MissingExtraError: Jinja2 is not installed.
    """
    groups = [(name, rule, [each for each in findings if each.rule == name]) for name, rule in RULES.items()]
    return render_page(
        _TEMPLATE,
        place=place,
        findings=findings,
        groups=[group for group in groups if group[2]],
        language="zh-CN" if language() == "zh" else "en",
        _=_,
        ngettext=ngettext,
    )
