"""The connection to Milvus: addresses, the server's version, bounds of time, and errors as one sentence."""

from __future__ import annotations

import importlib.util
import logging
import os
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from faq_component.errors import FaqError, MissingExtraError, SettingsError, StartError
from faq_component.language import _

LITE_SUFFIX = ".db"
OLDEST = (2, 3)  # that is tested
FULL_TEXT = (2, 5)  # the first with BM25
CALL: dict[str, Any] = {"timeout": 10}
"""Bound of a call of opening or building. Pymilvus heeds it in its retries only if it is an ``int``; else it retries 75
times, for minutes."""
_CONNECT_SECONDS = 10.0
_FLUSH_SECONDS = 30
_FLUSHES = 20
_POLL_SECONDS = 0.2


class Deadline:
    """Seconds that are left of a bound, for the calls that share it."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def call(self) -> dict[str, Any]:
        """Bounds of the next call: what is left, at least a hundredth of a second, and few retries."""
        return {"timeout": max(self._end - time.monotonic(), 0.01), "retry_times": 3}


def open_client(uri: str, token: str | None, *, local: bool) -> Any:
    """Connect to a Milvus Lite file or to a server; `token` is by default that of MILVUS_TOKEN.

    Raises:
        StartError: the file is open in another process, or the server does not answer within ten seconds.
        MissingExtraError: pymilvus, or milvus-lite for a file, is not installed.
    """
    try:
        from grpc import RpcError  # type: ignore[import-untyped]
        from pymilvus import MilvusClient
        from pymilvus.exceptions import MilvusException
    except ImportError as error:
        raise MissingExtraError("pymilvus", "milvus") from error
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # of errors, which become one sentence here
    address = str(Path(uri).resolve()) if local else uri
    token = "" if local else token or os.environ.get("MILVUS_TOKEN", "")
    if local:
        if importlib.util.find_spec("milvus_lite") is None:
            raise MissingExtraError("milvus-lite", "milvus")
        Path(address).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Unless the connection is named, pymilvus names it after an MD5 of the token and logs that; hash() is salted.
    alias = f"faq-{hash((address, token)) & 0xFFFFFFFFFFFF:x}"

    def connect() -> Any:
        return MilvusClient(address, token=token, alias=alias, timeout=_CONNECT_SECONDS)

    try:
        return connect() if local else _within(_CONNECT_SECONDS, connect)
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


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """Return what a call does, or raise TimeoutError: registering at a server that hangs heeds no time limit."""
    results: queue.Queue[tuple[bool, Any]] = queue.Queue()

    def run() -> None:
        try:
            results.put((True, call()))
        except Exception as error:
            results.put((False, error))

    threading.Thread(target=run, daemon=True, name="milvus-connect").start()
    try:
        done, result = results.get(timeout=seconds + 1.0)
    except queue.Empty:
        raise TimeoutError(_("no answer within {seconds:g} seconds").format(seconds=seconds)) from None
    if not done:
        raise result
    return result


def server_version(client: Any, address: str) -> tuple[int, int]:
    """Return major and minor version of the server.

    Raises:
        FaqError: it does not answer.
        StartError: it is older than 2.3, or names no version.
    """
    with reported(_("asking for its version")):
        name = str(client.get_server_version(**CALL))
    found = re.match(r"v?(\d+)\.(\d+)", name)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < OLDEST:
        raise StartError(
            _("Milvus at {address} is version {version}; it must be 2.3 or later: update it").format(
                address=address, version=name
            )
        )
    return version


def flush(client: Any, name: str) -> None:
    """Write everything inserted to storage. A server at work may take longer than one that hangs is waited for."""
    from pymilvus.exceptions import MilvusException

    for left in reversed(range(_FLUSHES)):
        try:
            client.flush(name, timeout=_FLUSH_SECONDS)
        except MilvusException as error:
            if not left or "wait for flush timeout" not in str(error):
                raise
        else:
            return


def wait_for_indexes(client: Any, name: str) -> None:
    """Return once every index of a collection is built.

    Raises:
        FaqError: Milvus gave up building one.
    """
    for index in client.list_indexes(name, **CALL):
        while True:
            found = client.describe_index(name, index, **CALL)
            state = str(found["state"])
            if state.endswith("Failed"):
                raise FaqError(
                    _("Milvus failed to build an index of {name} ({reason}); start again").format(
                        name=name, reason=found.get("index_state_fail_reason") or state
                    )
                )
            if state.endswith("Finished") and not int(found.get("pending_index_rows", 0)):
                break
            time.sleep(_POLL_SECONDS)


def load(client: Any, name: str, *, local: bool) -> None:
    """Load a collection for searching, and return once it is."""
    if local:
        client.load_collection(name)
        return
    client.load_collection(name, **CALL, sync=False, _async=True)
    while str(client.get_load_state(name, **CALL)["state"]) == "Loading":
        time.sleep(_POLL_SECONDS)


def check_address(uri: str) -> bool:
    """Whether the address is a Milvus Lite file.

    Raises:
        SettingsError: it is neither a file ``*.db`` nor ``http(s)://host``, or it contains a password.
    """
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018 (raises where the port is no number, or none that there is)
    except ValueError as error:
        raise SettingsError(
            _(
                "setting 'milvus_uri' is no address: its host or port cannot be read; give a file that ends in .db, or "
                "http://host:19530"
            )
        ) from error
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
    from grpc import RpcError
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, RpcError) as error:
        raise FaqError(
            _("Milvus failed at {step} ({reason}); see that it runs, and start again").format(
                step=doing, reason=_reason(error)
            )
        ) from error


def _reason(error: Exception) -> str:
    details = getattr(error, "details", None)
    said = details() if callable(details) else getattr(error, "message", error)
    return " ".join(str(said or error).split())[:200]
