"""Which collections of an FAQ in Milvus are complete, and which of them is the current version."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from faq_component.retrieval.engines.milvus_client import CALL
from faq_component.support.files import write_atomically

logger = logging.getLogger(__name__)

FORMAT_VERSION = 2


class Versions(Protocol):
    """Tracks the complete collections, the current one first; a collection that it does not name is incomplete."""

    def read(self) -> list[str]:
        """Return at most two names: the current version and the previous one."""
        ...

    def switch(self, name: str) -> None:
        """Make `name` the current version, and the current one the previous one."""
        ...

    def forget(self, name: str) -> None:
        """Unmark `name`, before it is rebuilt."""
        ...


class VersionsInFile:
    """Versions in a JSON file, for Milvus Lite, which has no aliases."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> list[str]:
        """Return the names as `Versions.read`; none where the file is missing or damaged, so that all is rebuilt."""
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            if content["format_version"] != FORMAT_VERSION:
                return []
            return [str(name) for name in content["complete"]][:2]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("%s cannot be read (%s); the FAQ is rebuilt in Milvus.", self._file, error)
            return []

    def switch(self, name: str) -> None:
        """Make `name` the current version."""
        self._write([name, *(other for other in self.read() if other != name)][:2])

    def forget(self, name: str) -> None:
        """Unmark `name`."""
        self._write([other for other in self.read() if other != name])

    def _write(self, names: Sequence[str]) -> None:
        content = {"format_version": FORMAT_VERSION, "complete": list(names)}
        write_atomically(self._file, json.dumps(content, indent=1).encode())


class VersionsInAliases:
    """Versions as two aliases on the cluster: `prefix` is the current one, `prefix_previous` the previous one."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._aliases = (prefix, f"{prefix}_previous")

    def read(self) -> list[str]:
        """Return the names as `Versions.read`."""
        targets = self._targets()
        return list(dict.fromkeys(targets[alias] for alias in self._aliases if alias in targets))

    def switch(self, name: str) -> None:
        """Make `name` the current version; the older alias moves first, so that a crash keeps the current version."""
        others = [other for other in self.read() if other != name]
        if others:
            self._point(self._aliases[1], others[0])
        self._point(self._aliases[0], name)

    def forget(self, name: str) -> None:
        """Unmark `name`."""
        for alias, target in self._targets().items():
            if target == name:
                self._client.drop_alias(alias, **CALL)

    def _point(self, alias: str, name: str) -> None:
        move = self._client.alter_alias if alias in self._targets() else self._client.create_alias
        move(name, alias, **CALL)

    def _targets(self) -> dict[str, str]:
        return {
            alias: name
            for name in version_names(self._client, self._prefix)
            for alias in self._client.describe_collection(name, **CALL).get("aliases", ())
            if alias in self._aliases
        }


def version_names(client: Any, prefix: str) -> list[str]:
    """Return the collections that are versions of this FAQ: prefix, underscore, twelve hexadecimal digits."""
    names = client.list_collections(**CALL)
    return [name for name in names if re.fullmatch(rf"{prefix}_[0-9a-f]{{12}}", name)]
