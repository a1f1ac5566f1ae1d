"""The files of a Rasa project, read without Rasa."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from faq_component.settings import COMPONENT
from faq_component.yaml_text import load_yaml

IMPORTER = "faq_component.rasa.FaqImporter"
RECALL = f"faq_component.rasa.{COMPONENT}"
ACTIONS = "faq_component.rasa.actions"
OUR_IMPORTERS = frozenset({"FaqImporter", "BotImporter"})

_TEST = "test_"  # begins the name of a file of test stories
_YAML = ("*.yml", "*.yaml")


@dataclass(frozen=True)
class RasaProject:
    """A folder with `config.yml`, and what stands in its files; what cannot be read is empty."""

    folder: Path

    @property
    def config_file(self) -> Path:
        """Path of the configuration."""
        return self.folder / "config.yml"

    @property
    def endpoints_file(self) -> Path:
        """Path of the endpoints, which can be missing."""
        return self.folder / "endpoints.yml"

    @cached_property
    def config(self) -> dict[str, Any]:
        """Content of the configuration."""
        return read_yaml(self.config_file)

    @cached_property
    def endpoints(self) -> dict[str, Any]:
        """Content of the endpoints."""
        return read_yaml(self.endpoints_file)

    def parts(self, key: str) -> list[str]:
        """Return the class names in a list of the configuration, such as `pipeline`, in their order."""
        listed = self.config.get(key)
        items = listed if isinstance(listed, list) else []
        names = [item.get("name") if isinstance(item, dict) else item for item in items]
        return [str(name).rpartition(".")[2] for name in names]

    @property
    def action_files(self) -> list[Path]:
        """The Python files that `rasa run actions` loads: those of the package `actions`, or the module."""
        package, module = self.folder / "actions", self.folder / "actions.py"
        if package.is_dir():
            return sorted(package.rglob("*.py"))
        return [module] if module.is_file() else []

    @property
    def has_actions(self) -> bool:
        """Whether one of these files imports the FAQ's actions."""
        wanted = re.compile(rf"^[ \t]*(?:from|import)[ \t]+{re.escape(ACTIONS)}\b", re.MULTILINE)
        return any(wanted.search(_text(file)) for file in self.action_files)

    def training_files(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Yield each YAML file of the domain and the folder ``data``, with its content."""
        yield from _yaml_files(self.folder / "domain.yml", self.folder / "domain", self.folder / "data")

    def stories(self, section: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Yield each of the ``rules`` or ``stories`` with its file; test stories are none, as for `rasa train`."""
        for file, content in self.training_files():
            if file.name.startswith(_TEST):
                continue
            listed = content.get(section)
            for story in listed if isinstance(listed, list) else []:
                if isinstance(story, dict):
                    yield file, story


def read_yaml(file: Path) -> dict[str, Any]:
    """Read a YAML file; empty where it is missing, faulty or no mapping."""
    try:
        content = load_yaml(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def _yaml_files(*places: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for place in places:
        files = [place] if place.is_file() else sorted(file for name in _YAML for file in place.rglob(name))
        for file in files:
            yield file, read_yaml(file)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")
