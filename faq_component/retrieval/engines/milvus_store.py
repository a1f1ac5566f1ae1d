"""The collections of one FAQ in Milvus: built by one process at a time, and dropped when they are old."""

from __future__ import annotations

import contextlib
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from faq_component.errors import FaqError, SettingsError
from faq_component.language import _
from faq_component.retrieval.engines.milvus_client import (
    CALL,
    FULL_TEXT,
    check_address,
    flush,
    load,
    open_client,
    reported,
    server_version,
    wait_for_indexes,
)
from faq_component.retrieval.engines.milvus_versions import (
    Versions,
    VersionsInAliases,
    VersionsInFile,
    version_names,
)

_HNSW = {"M": 16, "efConstruction": 200}
_PAGE = 16_384  # rows of one query
_BUILDING = "faq.building"  # property of a collection: who builds it, and when that process last said so
_BEAT_SECONDS = 2.0
_BRIEF: dict[str, Any] = {"timeout": 2}  # of what may fail
_STALE_SECONDS = 12.0  # without a sign of life, after which another process takes over
_ABANDONED_SECONDS = 600.0  # more than clocks differ

Record = Mapping[str, Any]
Records = Callable[[], Iterable[list[Record]]]


@dataclass(frozen=True)
class Layout:
    """The fields of a collection.

    ``row`` is the key, ``post`` a number that identifies the post, ``dense`` its vector (inner product; HNSW on a
    server, exact on Lite). With full text there are ``text`` and ``sparse``, the BM25 that Milvus computes of it.

    Args:
        dim: of the vectors.
        analyzer: Milvus' settings for cutting the text into words; None without full text.
        bm25: parameters of the index of ``sparse``.
        kind: a hash over what two collections must share for one to stand in for the other.
    """

    dim: int
    analyzer: Mapping[str, Any] | None
    bm25: Mapping[str, float]
    kind: str


class MilvusStore:
    """One FAQ in Milvus, with a collection for each version; a complete collection never changes."""

    def __init__(self, client: Any, prefix: str, versions: Versions, version: tuple[int, int] | None) -> None:
        """Wrap a client; `prefix` begins the name of every collection, `version` is the server's, None for Lite."""
        self.client = client
        self.local = version is None
        self.version = version
        self._prefix = prefix
        self._versions = versions

    @classmethod
    def connect(cls, uri: str, token: str | None, prefix: str) -> MilvusStore:
        """Open a Milvus Lite file (``*.db``) or a server (``http(s)://``); `token` is by default that of MILVUS_TOKEN.

        Raises:
            SettingsError: the address or the prefix is invalid.
            StartError: the file is open in another process, or the server does not answer or is older than 2.3.
            MissingExtraError: pymilvus, or milvus-lite for a file, is not installed.
        """
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,199}", prefix):
            raise SettingsError(
                _("Milvus collection '{name}': use up to 200 letters, digits and _, no digit first").format(name=prefix)
            )
        local = check_address(uri)
        client = open_client(uri, token, local=local)
        if local:
            return cls(client, prefix, VersionsInFile(Path(f"{Path(uri).resolve()}.{prefix}.json")), None)
        return cls(client, prefix, VersionsInAliases(client, prefix), server_version(client, uri))

    @property
    def has_full_text(self) -> bool:
        """Whether Milvus itself can search by BM25."""
        return self.version is None or self.version >= FULL_TEXT

    def current(self, kind: str) -> tuple[str, npt.NDArray[np.int64]] | None:
        """Return the current version's name and the numbers of its posts, by row; None where it is of another kind.

        *Shape:* ``(rows,)``.
        """
        with reported(_("opening the FAQ")):
            names = self._versions.read()[:1]
            if not names or not self._is_of_kind(names[0], kind):
                return None
            load(self.client, names[0], local=self.local)
            posts = np.zeros(self._count(names[0]), dtype=np.int64)  # a row that is lost stays 0, which is no post
            for start in range(0, len(posts), _PAGE):
                found = self.client.query(
                    names[0],
                    filter=f"row >= {start} and row < {min(start + _PAGE, len(posts))}",
                    output_fields=["row", "post"],
                    **CALL,
                )
                posts[[int(item["row"]) for item in found]] = [int(item["post"]) for item in found]
            return names[0], posts

    def open_or_build(self, version: str, size: int, layout: Layout, records: Records) -> str:
        """Return the name of this version's collection; build it from `records` if it is incomplete.

        It becomes the current version; of the others only the previous one stays. Of several processes one builds it,
        and the others wait; where that one dies, another takes over.

        Raises:
            FaqError: Milvus fails at a step, or does not hold `size` posts at the end.
        """
        name = f"{self._prefix}_{version}"
        with reported(_("opening the FAQ")):
            if not self.local and self._prefix in self.client.list_collections(**CALL):
                raise FaqError(
                    _(
                        "Milvus has a collection '{name}', and the alias of the current version would have that name; "
                        "choose another 'milvus_collection'"
                    ).format(name=self._prefix)
                )
            if self.is_complete(name, size):
                load(self.client, name, local=self.local)
            elif self._claim(name, size, layout):
                self._build(name, size, layout, records)
            if self._versions.read()[:1] != [name]:
                self._versions.switch(name)
            self._drop_all_but(self._versions.read())
        return name

    def has(self, name: str) -> bool:
        """Whether a collection is there; another process may have dropped it."""
        with reported(_("opening the FAQ")):
            return bool(self.client.has_collection(name, **CALL))

    def is_complete(self, name: str, size: int) -> bool:
        """Whether a collection is marked as complete and holds as many posts."""
        if name not in self._versions.read() or not self.client.has_collection(name, **CALL):
            return False
        load(self.client, name, local=self.local)
        return self._count(name) == size

    def _count(self, name: str) -> int:
        rows = self.client.query(name, filter="", output_fields=["count(*)"], consistency_level="Strong", **CALL)
        return int(rows[0]["count(*)"])

    def _claim(self, name: str, size: int, layout: Layout) -> bool:
        """Create the collection for this process to fill; False once another process has completed it instead."""
        from pymilvus.exceptions import MilvusException

        seen, since = "", time.monotonic()
        while True:
            sign = self._sign_of_life(name)
            if sign != seen:
                seen, since = sign, time.monotonic()
            marked = name in self._versions.read()
            if marked and self.is_complete(name, size):
                return False
            if self.local or marked or time.monotonic() - since > (_STALE_SECONDS if sign else _BEAT_SECONDS):
                self._versions.forget(name)
                if self.client.has_collection(name, **CALL):
                    self.client.drop_collection(name, **CALL)
            if not self.client.has_collection(name, **CALL):
                try:
                    self._create(name, layout)
                except MilvusException:
                    if not self.client.has_collection(name, **CALL):
                        raise
                else:
                    return True
            time.sleep(0.5)

    def _create(self, name: str, layout: Layout) -> None:
        """Create an empty collection; fails where another process has, since its description is another."""
        self._builder = uuid.uuid4().hex
        options = {} if self.local else {"consistency_level": "Eventually"}  # nothing is searched before it is complete
        schema = _schema(layout, f"{layout.kind} {self._builder}")
        self.client.create_collection(name, schema=schema, **CALL, **options)

    def _build(self, name: str, size: int, layout: Layout, records: Records) -> None:
        with self._signs_of_life(name) as alone:
            try:
                for batch in records():
                    if not alone.is_set():
                        break
                    self.client.insert(name, batch, **CALL)
                flush(self.client, name)
                self._index(name, layout)
                load(self.client, name, local=self.local)
                if (count := self._count(name)) != size:
                    raise FaqError(
                        _("Milvus holds {count} of {size} posts of {name}; start again").format(
                            count=count, size=size, name=name
                        )
                    )
            except BaseException:
                with contextlib.suppress(Exception):  # what failed is reported; another process need not wait
                    self.client.drop_collection(name, **_BRIEF)
                raise
            self._versions.switch(name)
        if self.local:
            return
        with contextlib.suppress(Exception):  # then it is taken for one that is being built, for ten minutes
            self.client.alter_collection_properties(name, {_BUILDING: "0"}, **_BRIEF)

    def _index(self, name: str, layout: Layout) -> None:
        indexes = self.client.prepare_index_params()
        kind, params = ("FLAT", {}) if self.local else ("HNSW", _HNSW)
        indexes.add_index("dense", index_type=kind, metric_type="IP", params=params)
        if layout.analyzer is not None:
            bm25 = dict(layout.bm25)
            indexes.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=bm25)
        if self.local:
            self.client.create_index(name, indexes)
            return
        self.client.create_index(name, indexes, **CALL, sync=False)
        wait_for_indexes(self.client, name)

    @contextlib.contextmanager
    def _signs_of_life(self, name: str) -> Iterator[threading.Event]:
        """Say every two seconds that this process builds; the event is cleared once another process has taken over."""
        alone, ended = threading.Event(), threading.Event()
        alone.set()
        if self.local:
            yield alone
            return

        def beat() -> None:
            number = 0
            while not ended.wait(_BEAT_SECONDS if number else 0.0):
                number += 1
                sign = f"{self._builder} {number} {int(time.time())}"
                with contextlib.suppress(Exception):  # the builder itself reports that Milvus fails
                    found = self.client.describe_collection(name, **_BRIEF)
                    if not found["description"].endswith(self._builder):
                        alone.clear()
                        return
                    self.client.alter_collection_properties(name, {_BUILDING: sign}, **_BRIEF)

        beating = threading.Thread(target=beat, daemon=True, name="milvus-building")
        beating.start()
        try:
            yield alone
        finally:
            ended.set()
            beating.join()

    def _sign_of_life(self, name: str) -> str:
        """Return who says when to be building a collection; empty where nobody does."""
        if self.local or not self.client.has_collection(name, **CALL):
            return ""
        found = self.client.describe_collection(name, **CALL)
        return str(found.get("properties", {}).get(_BUILDING, ""))

    def _is_of_kind(self, name: str, kind: str) -> bool:
        if not self.client.has_collection(name, **CALL):
            return False
        found = self.client.describe_collection(name, **CALL)
        return str(found.get("description", "")).startswith(f"{kind} ")

    def _drop_all_but(self, kept: Sequence[str]) -> None:
        for name in version_names(self.client, self._prefix):
            if name not in kept and not self._is_being_built(name):
                self.client.drop_collection(name, **CALL)

    def _is_being_built(self, name: str) -> bool:
        sign = self._sign_of_life(name)
        return bool(sign) and abs(time.time() - int(sign.split()[-1])) < _ABANDONED_SECONDS


def _schema(layout: Layout, description: str) -> Any:
    from pymilvus import DataType, Function, FunctionType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False, description=description)
    schema.add_field("row", DataType.INT64, is_primary=True)
    schema.add_field("post", DataType.INT64)
    schema.add_field("dense", DataType.FLOAT_VECTOR, dim=layout.dim)
    if layout.analyzer is not None:
        analyzer = dict(layout.analyzer)
        schema.add_field("text", DataType.VARCHAR, max_length=65_535, enable_analyzer=True, analyzer_params=analyzer)
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
