"""The findings as one HTML page, in the language spoken, that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faq_component.errors import MissingExtraError
from faq_component.language import _, language, ngettext
from faq_component.lint.findings import Finding
from faq_component.lint.words import RULES

_TEMPLATE = Path(__file__).parent / "lint.html.jinja"


def to_html(place: str, findings: Sequence[Finding]) -> str:
    """The page: the findings by rule, with a field to search in them.

    Raises:
        MissingExtraError: Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise MissingExtraError("jinja2", "report") from error
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    groups = [(name, rule, [each for each in findings if each.rule == name]) for name, rule in RULES.items()]
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        place=place,
        findings=findings,
        groups=[group for group in groups if group[2]],
        language="zh-CN" if language() == "zh" else "en",
        _=_,
        ngettext=ngettext,
    )
