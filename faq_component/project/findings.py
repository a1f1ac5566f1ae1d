"""Findings about a Rasa project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faq_component.language import N_

ERROR, WARNING, NOTE = N_("error"), N_("warning"), N_("note")


@dataclass(frozen=True)
class Finding:
    """What is missing or contradicts, and its mend.

    Args:
        check: name of the check.
        severity: ``error`` where the bot does not answer from its FAQ, ``warning`` where it answers worse, or ``note``.
        place: the file, or what else it is about.
        sentence: what was found.
        mend: what to do.
    """

    check: str
    severity: str
    place: str
    sentence: str
    mend: str

    def to_json(self) -> dict[str, Any]:
        """Return the finding as JSON."""
        return dict(vars(self))
