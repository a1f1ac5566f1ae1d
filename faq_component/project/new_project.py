"""A small Rasa project with an FAQ of five topics."""

from __future__ import annotations

from pathlib import Path

from faq_component.errors import FaqError
from faq_component.language import _
from faq_component.project.additions import ACTIONS_FILE, TEMPLATES
from faq_component.support.files import write_named

_LOOPBACK = '''"""The action server's actions; `rasa run actions` finds them here."""

import os

# rasa-sdk's server has no authentication and listens on every address by default; it reads this after loading us.
os.environ.setdefault("SANIC_HOST", "127.0.0.1")
'''
_HIDDEN = {"gitignore": ".gitignore"}


def new_project(folder: Path, language: str) -> list[Path]:
    """Write the files of a new project, and return them.

    Args:
        folder: of the project; it is created.
        language: ``zh`` or ``en``.

    Raises:
        FaqError: the folder is there and not empty, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FaqError(_("{folder} is not empty; name a new folder").format(folder=folder))
    texts = {"actions/__init__.py": _LOOPBACK, "actions/faq.py": ACTIONS_FILE}
    for template in (TEMPLATES / "common", TEMPLATES / language):
        for file in sorted(template.rglob("*")):
            if file.is_file():
                name = file.relative_to(template).as_posix()
                texts[_HIDDEN.get(name, name)] = file.read_text(encoding="utf-8")
    for name, text in sorted(texts.items()):
        write_named(folder / name, text.encode())
    return [folder / name for name in sorted(texts)]
