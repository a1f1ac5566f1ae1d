"""Findings that somebody has looked at and accepted for good: a file of tab-separated lines, `.faqlint`.

Each line is a rule, a topic's title and the text concerned, as `faq lint` prints them; lines that begin with ``#`` are
comments. A finding is accepted while all three are the same: an edit of the text brings it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from faq_component.errors import FaqError
from faq_component.knowledge.files import folder_of
from faq_component.language import _
from faq_component.lint.findings import Finding
from faq_component.lint.words import RULES
from faq_component.support.files import write_atomically

FILE = ".faqlint"
Key = tuple[str, str, str]
_HEADER = "# Findings of `faq lint` that are accepted: rule, topic and text, separated by tabs.\n"


def accepted_file(place: str) -> Path:
    """The file beside a knowledge base in files; in the working directory for any other."""
    path = Path(place)
    return folder_of(path) / FILE if path.exists() else Path(FILE)


def read_accepted(file: Path) -> list[Key]:
    """The accepted findings; none where there is no such file.

    Raises:
        FaqError: a line is not of the form.
    """
    if not file.exists():
        return []
    accepted = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FaqError(
            _("{file} cannot be read ({error}); it must be a text file in UTF-8").format(file=file, error=error)
        ) from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [" ".join(part.split()) for part in line.split("\t")]
        if len(parts) != 3 or parts[0] not in RULES:
            raise FaqError(
                _("{file}:{number}: is not 'rule<TAB>topic<TAB>text'; rules are {rules}").format(
                    file=file, number=number, rules=", ".join(RULES)
                )
            )
        accepted.append((parts[0], parts[1], parts[2]))
    return accepted


def accept(file: Path, findings: Sequence[Finding]) -> int:
    """Add findings to the file; returns how many were new."""
    known = set(read_accepted(file))
    new = [key for key in dict.fromkeys(each.key for each in findings) if key not in known]
    if new:
        before = file.read_text(encoding="utf-8") if file.exists() else _HEADER
        separator = "" if before.endswith("\n") or not before else "\n"
        lines = "".join("\t".join(key) + "\n" for key in new)
        write_atomically(file, f"{before}{separator}{lines}".encode())
    return len(new)
