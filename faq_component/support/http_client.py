"""An HTTP client for one server, with a deadline for each whole request."""

from __future__ import annotations

import json
import logging
import os
import ssl
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    InvalidHeader,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)
from urllib3.util import Retry

from faq_component.language import _

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self
    from urllib3 import BaseHTTPResponse
    from urllib3.connectionpool import ConnectionPool

_FURTHER_TRIES = 2
_TRY_AGAIN = (429, 502, 503, 504)  # the server is overloaded or has just died
_CHUNK = 1 << 16
_MOST_BYTES = 16 << 20


class HttpError(Exception):
    """A request got no answer.

    The text is a predicate that continues the server's name, which the caller adds: "did not answer within 5 s".
    """


@dataclass(frozen=True)
class HttpAnswer:
    """Status and body of an HTTP response."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Parse the body as JSON.

        Raises:
            ValueError: the body is not JSON, or nested too deeply.
        """
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("the JSON is nested too deeply") from error


class HttpClient:
    """An HTTP client for one server, safe for threads and forked processes.

    `timeout` covers a whole request: name lookup, connection, response and retries. Socket timeouts cover neither name
    lookup nor a response that trickles in, so each calling thread has a second thread that sends. The second thread
    keeps its connection open for the next request; under gevent no other thread could use it.

    A connection that is refused or breaks before the response, and the statuses 429, 502, 503 and 504, are retried up
    to twice with a growing pause: send idempotent requests only. Redirects are not followed. Proxies and passwords of
    the environment (``.netrc``) are not used. Certificates are verified against the system's authorities (or
    ``SSL_CERT_FILE``) and those of certifi.

    Args:
        url: of the server, as `split_address` accepts it.
        timeout: seconds for a request.
        most_bytes: greatest size of a response's body, decompressed.
    """

    def __init__(self, url: str, timeout: float, *, most_bytes: int = _MOST_BYTES) -> None:
        self._given, self._url = url, url.rstrip("/")
        self._timeout, self._most_bytes = timeout, most_bytes
        self._of_thread = threading.local()

    def get(self, path: str) -> HttpAnswer:
        """Send a GET request for a path below the server's address.

        Raises:
            HttpError: the response is late, incomplete or too long.
        """
        return self._within_time("GET", path, None, {})

    def post(self, path: str, content: Any, headers: Mapping[str, str] | None = None) -> HttpAnswer:
        """Post a JSON value, or bytes that are one, to a path below the server's address; an empty one is that address.

        Raises:
            HttpError: the response is late, incomplete or too long.
        """
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self._within_time("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    def _within_time(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> HttpAnswer:
        answer = self._sender().thread.submit(self._send, self._sender().session, method, path, body, headers)
        try:
            return answer.result(self._timeout)
        except LateError as error:
            raise self._late() from error
        finally:
            if not answer.done():  # it may hang for long, so the next request gets another thread and connection
                self._sender().thread.shutdown(wait=False)
                del self._of_thread.sender

    def _sender(self) -> _Sender:
        """Return the sender of this thread in this process."""
        sender: _Sender | None = getattr(self._of_thread, "sender", None)
        if sender is None or sender.process != os.getpid():
            sender = self._of_thread.sender = _Sender(
                os.getpid(), ThreadPoolExecutor(1, thread_name_prefix="faq-http"), _new_session(self._url)
            )
        return sender

    def _send(
        self, session: requests.Session, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> HttpAnswer:
        end = time.monotonic() + self._timeout
        try:
            with session.request(
                method,
                self._url + path if path else self._given,
                data=body,
                headers=dict(headers),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return HttpAnswer(response.status_code, self._read(response.raw, end))
        except (requests.RequestException, HTTPError) as error:
            raise self._named(error) from error

    def _read(self, response: Any, end: float) -> bytes:
        """Read the body; stop at the deadline, when the calling thread no longer waits."""
        body = bytearray()
        while chunk := response.read1(_CHUNK, decode_content=True):  # blocks on the network at most once
            body += chunk
            if len(body) > self._most_bytes:
                raise HttpError(_("gave an answer of more than {bytes} bytes").format(bytes=self._most_bytes))
            if time.monotonic() > end:
                raise self._late()
        return bytes(body)

    def _late(self) -> HttpError:
        return HttpError(_("did not answer within {seconds:g} s").format(seconds=self._timeout))

    def _named(self, error: Exception) -> HttpError:
        """Describe an error in one clause, from urllib3's cause below that of requests."""
        cause: Any = error
        if isinstance(cause, requests.RequestException) and cause.args and isinstance(cause.args[0], Exception):
            cause = cause.args[0]
        if isinstance(cause, MaxRetryError) and cause.reason is not None:
            cause = cause.reason
        if _is_late(cause):
            return self._late()
        if isinstance(cause, (ProtocolError, InvalidHeader, DecodeError)):
            reason = str(cause.args[0])[:100]
            return HttpError(_("gave an answer that is not whole HTTP ({reason})").format(reason=reason))
        return HttpError(_("cannot be reached ({reason}); is it running?").format(reason=str(cause)[:200]))


@dataclass(frozen=True)
class _Sender:
    """A sending thread and its session, of one process."""

    process: int
    thread: ThreadPoolExecutor
    session: requests.Session


class _TryAgain(Retry):
    """Retries failures other than timeouts: a socket that timed out has used up the deadline."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if error is not None and _is_late(error):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _is_of_others(record: logging.LogRecord) -> bool:
    """Whether urllib3 logs something else than our retries, which are told once and in one sentence: by `HttpError`."""
    return not (isinstance(record.args, tuple) and any(isinstance(value, _TryAgain) for value in record.args))


logging.getLogger("urllib3.connectionpool").addFilter(_is_of_others)


class _Adapter(HTTPAdapter):
    """Trusts the system's certificate authorities; requests alone uses only those of certifi."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=ssl.create_default_context(), **kwargs)


def _new_session(url: str) -> requests.Session:
    again = _TryAgain(
        total=_FURTHER_TRIES,
        backoff_factor=0.05,
        backoff_jitter=0.05,
        status_forcelist=_TRY_AGAIN,
        allowed_methods=None,
        respect_retry_after_header=False,
        raise_on_status=False,
    )
    session = requests.Session()
    session.trust_env = False
    scheme = urlsplit(url).scheme
    kind = _Adapter if scheme == "https" else HTTPAdapter  # reading the authorities takes time
    session.mount(f"{scheme}://", kind(pool_maxsize=1, max_retries=again))
    return session


def _is_late(error: object) -> bool:
    return isinstance(error, (ConnectTimeoutError, ReadTimeoutError)) and not isinstance(error, NewConnectionError)
