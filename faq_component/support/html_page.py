"""HTML pages in which texts of users and files stay texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from faq_component.errors import MissingExtraError
from faq_component.text import escape_controls


def render_page(template: Path, **values: Any) -> str:
    """Render a Jinja template; in every text markup is escaped, and control characters are shown.

    Raises:
        MissingExtraError: Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise MissingExtraError("jinja2", "report") from error
    environment = Environment(
        autoescape=True, finalize=shown_text, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template.read_text(encoding="utf-8")).render(values)


def shown_text(value: Any) -> Any:
    """Show control characters in texts, which would change what is around them; leave markup and other values."""
    return value if hasattr(value, "__html__") or not isinstance(value, str) else escape_controls(value)
