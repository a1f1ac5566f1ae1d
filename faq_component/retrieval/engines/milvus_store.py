"""The collections of one FAQ in Milvus: connecting, tracking versions, building the current one, dropping old ones."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from faq_component.errors import FaqError, MissingExtraError, SettingsError, StartError
from faq_component.language import _
from faq_component.support.files import write_atomically

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1
LITE_SUFFIX = ".db"
_CONNECT_SECONDS = 10.0
_HNSW = {"M": 16, "efConstruction": 200}

Record = Mapping[str, Any]


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
                self._client.drop_alias(alias)

    def _point(self, alias: str, name: str) -> None:
        move = self._client.alter_alias if alias in self._targets() else self._client.create_alias
        move(name, alias)

    def _targets(self) -> dict[str, str]:
        return {
            alias: name
            for name in version_names(self._client, self._prefix)
            for alias in self._client.describe_collection(name).get("aliases", ())
            if alias in self._aliases
        }


class MilvusStore:
    """One FAQ in Milvus, with a collection for each version.

    A collection has the fields ``row`` (key), ``text``, ``dense`` (inner product; HNSW on a cluster, exact on Lite) and
    ``sparse`` (BM25 of ``text``, computed by Milvus). A complete collection never changes.
    """

    def __init__(self, client: Any, prefix: str, versions: Versions, *, local: bool) -> None:
        """Wrap a client; `prefix` begins the name of every collection, `local` means Milvus Lite."""
        self.client = client
        self.local = local
        self._prefix = prefix
        self._versions = versions

    @classmethod
    def connect(cls, uri: str, token: str | None, prefix: str) -> MilvusStore:
        """Open a Milvus Lite file (``*.db``) or a cluster (``http(s)://``); `token` is by default that of MILVUS_TOKEN.

        Raises:
            SettingsError: the address or the prefix is invalid.
            StartError: the file is open in another process, or the cluster does not answer.
            MissingExtraError: pymilvus, or milvus-lite for a file, is not installed.
        """
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,199}", prefix):
            raise SettingsError(
                _("Milvus collection '{name}': use up to 200 letters, digits and _, no digit first").format(name=prefix)
            )
        local = check_address(uri)
        address = str(Path(uri).resolve()) if local else uri
        client = _connect(address, None if local else token or os.environ.get("MILVUS_TOKEN"), local)
        if local:
            return cls(client, prefix, VersionsInFile(Path(f"{address}.{prefix}.json")), local=True)
        return cls(client, prefix, VersionsInAliases(client, prefix), local=False)

    def open_or_build(
        self,
        version: str,
        size: int,
        dim: int,
        analyzer: Mapping[str, Any],
        bm25: Mapping[str, float],
        batches: Callable[[], Iterable[list[Record]]],
    ) -> str:
        """Return the name of this version's collection; build it from `batches` of records if it is incomplete.

        It becomes the current version; of the others only the previous one stays.

        Raises:
            FaqError: Milvus fails at a step, or does not hold `size` records at the end.
        """
        name = f"{self._prefix}_{version}"
        with reported(_("opening the FAQ")):
            if self._is_complete(name, size):
                self.client.load_collection(name)
            else:
                self._versions.forget(name)
                self._build(name, dim, analyzer, bm25, batches())
                if (count := self._count(name)) != size:
                    raise FaqError(
                        _(
                            "Milvus holds {count} of {size} posts of {name}; start again, and let one process build it"
                        ).format(count=count, size=size, name=name)
                    )
            if self._versions.read()[:1] != [name]:
                self._versions.switch(name)
            self._drop_all_but(self._versions.read())
        return name

    def _is_complete(self, name: str, size: int) -> bool:
        if name not in self._versions.read() or not self.client.has_collection(name):
            return False
        self.client.load_collection(name)
        return self._count(name) == size

    def _count(self, name: str) -> int:
        rows = self.client.query(name, filter="", output_fields=["count(*)"], consistency_level="Strong")
        return int(rows[0]["count(*)"])

    def _build(
        self,
        name: str,
        dim: int,
        analyzer: Mapping[str, Any],
        bm25: Mapping[str, float],
        batches: Iterable[list[Record]],
    ) -> None:
        if self.client.has_collection(name):
            self.client.drop_collection(name)
        self.client.create_collection(name, schema=_schema(dim, analyzer))
        for batch in batches:
            self.client.insert(name, batch)
        self.client.flush(name)
        indexes = self.client.prepare_index_params()
        kind, params = ("FLAT", {}) if self.local else ("HNSW", _HNSW)
        indexes.add_index("dense", index_type=kind, metric_type="IP", params=params)
        indexes.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=dict(bm25))
        self.client.create_index(name, indexes)
        self.client.load_collection(name)

    def _drop_all_but(self, kept: Sequence[str]) -> None:
        for name in version_names(self.client, self._prefix):
            if name not in kept:
                self.client.drop_collection(name)


def version_names(client: Any, prefix: str) -> list[str]:
    """Return the collections that are versions of this FAQ: prefix, underscore, twelve hexadecimal digits."""
    return [name for name in client.list_collections() if re.fullmatch(rf"{prefix}_[0-9a-f]{{12}}", name)]


def check_address(uri: str) -> bool:
    """Whether the address is a Milvus Lite file.

    Raises:
        SettingsError: it is neither a file ``*.db`` nor ``http(s)://host``, or it contains a password.
    """
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https") and parts.hostname:
        if "@" in parts.netloc:
            raise SettingsError(
                _(
                    "Milvus address of {host}: take user and password out of it, and put them as user:password into "
                    "the environment variable MILVUS_TOKEN"
                ).format(host=parts.hostname)
            )
        return False
    if "://" in uri or not uri.endswith(LITE_SUFFIX):
        raise SettingsError(
            _("Milvus address '{uri}': give a file that ends in .db, or http://host:19530").format(uri=uri)
        )
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,36}", Path(uri).name):
        raise SettingsError(
            _("Milvus Lite file '{name}': use up to 36 ASCII letters, digits, '.', '_' and '-'").format(
                name=Path(uri).name
            )
        )
    return True


@contextmanager
def reported(doing: str) -> Iterator[None]:
    """Raise errors of Milvus or of the connection as a `FaqError` of one sentence."""
    from grpc import RpcError  # type: ignore[import-untyped]
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, RpcError) as error:
        raise FaqError(
            _("Milvus failed at {step} ({reason}); see that it runs, and start again").format(
                step=doing, reason=_reason(error)
            )
        ) from error


def _connect(address: str, token: str | None, local: bool) -> Any:
    try:
        from grpc import RpcError
        from pymilvus import MilvusClient
        from pymilvus.exceptions import MilvusException
    except ImportError as error:
        raise MissingExtraError("pymilvus", "milvus") from error
    if local:
        if importlib.util.find_spec("milvus_lite") is None:
            raise MissingExtraError("milvus-lite", "milvus")
        Path(address).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Unless the connection is named, pymilvus names it after an MD5 of the token and logs that; hash() is salted.
    alias = f"faq-{hash((address, token)) & 0xFFFFFFFFFFFF:x}"
    try:
        return MilvusClient(address, token=token or "", alias=alias, timeout=_CONNECT_SECONDS)
    except (MilvusException, RpcError, OSError) as error:
        if local:
            raise StartError(
                _(
                    "The Milvus Lite file {file} cannot be opened ({reason}): only one process at a time can; stop the "
                    "other, or use a Milvus cluster"
                ).format(file=address, reason=_reason(error))
            ) from error
        raise StartError(
            _("Milvus at {address} does not answer ({reason}); check address and token").format(
                address=address, reason=_reason(error)
            )
        ) from error


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "message", error)).split())[:200]


def _schema(dim: int, analyzer: Mapping[str, Any]) -> Any:
    from pymilvus import DataType, Function, FunctionType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("row", DataType.INT64, is_primary=True)
    schema.add_field("text", DataType.VARCHAR, max_length=65_535, enable_analyzer=True, analyzer_params=dict(analyzer))
    schema.add_field("dense", DataType.FLOAT_VECTOR, dim=dim)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        Function(
            name="bm25",
            function_type=FunctionType.BM25,
            input_field_names=["text"],
            output_field_names=["sparse"],
        )
    )
    return schema
