"""Lint of a whole knowledge base in a process of its own: it takes as much memory as the FAQ, for minutes.

``python -m faq_component.lint.apart`` reads settings and place as JSON from stdin, and writes the findings as JSON to
stdout.
"""

from __future__ import annotations

import json
import sys
from dataclasses import astuple
from typing import Any

from faq_component.errors import FaqError
from faq_component.language import _
from faq_component.lint.configured import Linter
from faq_component.lint.findings import Finding
from faq_component.settings import Settings, choose_language_of
from faq_component.support.own_process import ask_apart


def findings_apart(settings: Settings, place: str) -> list[Finding]:
    """Return what `Linter.whole` finds in the knowledge base at a place.

    Raises:
        FaqError: the knowledge base, the encoder, the words or the rewriting cannot be used.
    """
    try:
        code, answer = ask_apart(__name__, {"settings": vars(settings), "place": place})
    except OSError as error:
        raise FaqError(str(error)) from error
    if answer is None:  # it was killed, or its error is on stderr
        raise FaqError(_("the process that looked at the FAQ ended with {code}").format(code=code))
    if answer["fault"]:
        raise FaqError(answer["fault"])
    return [_finding(*values) for values in answer["findings"]]


def _finding(kind: str, topic: str, text: str, facts: list[list[str]], *place: Any) -> Finding:
    return Finding(kind, topic, text, tuple((name, fact) for name, fact in facts), *place)


def main() -> None:
    """Look at what stdin names."""
    asked = json.load(sys.stdin)
    fault, found = "", []
    try:
        settings = Settings.from_mapping(asked["settings"])
        choose_language_of(settings)
        found = Linter(settings).whole(asked["place"])
    except FaqError as error:
        fault = str(error)
    json.dump({"fault": fault, "findings": [astuple(finding) for finding in found]}, sys.stdout)


if __name__ == "__main__":
    main()
