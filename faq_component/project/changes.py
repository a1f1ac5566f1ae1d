"""Changes of a project's files: shown, made, and taken back."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faq_component.errors import FaqError
from faq_component.language import _
from faq_component.project.additions import before
from faq_component.support.files import private_folder, write_atomically, write_named

JOURNAL = Path(".faq/init.json")


@dataclass(frozen=True)
class Taken:
    """What `undo` did: files with their old text, files removed, and files left since they were edited after it."""

    restored: tuple[str, ...]
    removed: tuple[str, ...]
    left: tuple[str, ...]


def difference(folder: Path, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a unified diff from the files to the new texts."""
    for name, text in texts.items():
        old = before(folder / name)
        source = name if old is not None else "/dev/null"
        lines = difflib.unified_diff((old or "").splitlines(), text.splitlines(), source, name, lineterm="")
        yield from lines if old is not None or text else [f"--- {source}", f"+++ {name}"]


def make(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the new texts, and note the old ones first, so that `undo` can take the change back."""
    noted = _read_journal(folder)
    for name, text in texts.items():
        kept = noted[name]["before"] if name in noted else before(folder / name)
        noted[name] = {"before": kept, "after": text}
    _write_journal(folder, noted)
    for name, text in texts.items():
        write_named(folder / name, text.encode())


def undo(folder: Path) -> Taken:
    """Take back what `make` wrote; a file that was edited since stays as it is.

    Raises:
        FaqError: there is nothing to take back.
    """
    noted = _read_journal(folder)
    if not noted:
        raise FaqError(
            _("there is nothing to take back: `faq init` has changed nothing in {folder}").format(folder=folder)
        )
    restored, removed, left = [], [], []
    for name, texts in noted.items():
        file = folder / name
        if before(file) != texts["after"]:
            left.append(name)
        elif texts["before"] is None:
            file.unlink()
            removed.append(name)
            if not any(file.parent.iterdir()):
                file.parent.rmdir()
        else:
            write_atomically(file, texts["before"].encode())
            restored.append(name)
    _write_journal(folder, {name: noted[name] for name in left})
    return Taken(tuple(restored), tuple(removed), tuple(left))


def _read_journal(folder: Path) -> dict[str, dict[str, Any]]:
    file = folder / JOURNAL
    if not file.is_file():
        return {}
    try:
        noted: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FaqError(_("{file} is damaged; remove it, and take the change back by hand").format(file=file)) from error
    return noted


def _write_journal(folder: Path, noted: Mapping[str, Any]) -> None:
    file = folder / JOURNAL
    private_folder(file.parent)
    if noted:
        write_atomically(file, json.dumps(noted, ensure_ascii=False, indent=1).encode())
    else:
        file.unlink(missing_ok=True)
