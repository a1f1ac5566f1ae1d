"""HTTP requests to one server, each with a deadline for the whole of it."""

from __future__ import annotations

import json
import os
import ssl
import threading
import time
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

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self
    from urllib3 import BaseHTTPResponse
    from urllib3.connectionpool import ConnectionPool

_FURTHER_TRIES = 2
_TRY_AGAIN = (429, 502, 503, 504)  # the server has too much to do, or has just died
_CHUNK = 1 << 16
_MOST_BYTES = 64 << 20


class HttpError(Exception):
    """A request got no answer.

    The text goes on from a name of the server, which the caller knows: "did not answer within 5 s".
    """


@dataclass(frozen=True)
class HttpAnswer:
    """Status and body of an answer."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The value of the body.

        Raises:
            ValueError: the body is not JSON, or nested too deeply.
        """
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("the JSON is nested too deeply") from error


class HttpClient:
    """Asks one server; may be shared by threads and by forked processes.

    A request has `timeout` seconds altogether: for the name, the connection, the whole answer and further tries. No
    limit of a socket holds for the look-up of a name or for an answer that comes drop by drop, so each thread that asks
    has a second thread that sends. This one keeps its connection open for the next request; under gevent no other
    thread could use it.

    A connection that is refused or breaks off before the answer, and the statuses 429, 502, 503 and 504, are tried
    again up to twice with a growing pause: send only what does no harm when it is repeated. Redirects are not followed.
    Of the environment, proxies and passwords (``.netrc``) are not used. Certificates are checked against the
    authorities of the system (or ``SSL_CERT_FILE``) and those of certifi.

    Args:
        url: of the server, as `split_address` accepts it.
        timeout: seconds for a request.
        most_bytes: of an answer's body, unpacked.
    """

    def __init__(self, url: str, timeout: float, *, most_bytes: int = _MOST_BYTES) -> None:
        self._url, self._timeout, self._most_bytes = url.rstrip("/"), timeout, most_bytes
        self._of_thread = threading.local()

    def get(self, path: str) -> HttpAnswer:
        """Request a path below the server's address.

        Raises:
            HttpError: there is no whole answer in time, or it is too long.
        """
        return self._within_time("GET", path, None)

    def post(self, path: str, content: Any) -> HttpAnswer:
        """Post a JSON value to a path below the server's address.

        Raises:
            HttpError: there is no whole answer in time, or it is too long.
        """
        return self._within_time("POST", path, json.dumps(content).encode())

    def _within_time(self, method: str, path: str, body: bytes | None) -> HttpAnswer:
        answer = self._sender().thread.submit(self._send, self._sender().session, method, path, body)
        try:
            return answer.result(self._timeout)
        except LateError as error:
            raise self._late() from error
        finally:
            if not answer.done():  # it may hang for long: the next request gets another thread and connection
                self._sender().thread.shutdown(wait=False)
                del self._of_thread.sender

    def _sender(self) -> _Sender:
        """The sender of this thread in this process."""
        sender: _Sender | None = getattr(self._of_thread, "sender", None)
        if sender is None or sender.process != os.getpid():
            sender = self._of_thread.sender = _Sender(
                os.getpid(), ThreadPoolExecutor(1, thread_name_prefix="faq-http"), _new_session(self._url)
            )
        return sender

    def _send(self, session: requests.Session, method: str, path: str, body: bytes | None) -> HttpAnswer:
        end = time.monotonic() + self._timeout
        try:
            with session.request(
                method,
                self._url + path,
                data=body,
                headers={} if body is None else {"Content-Type": "application/json"},
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return HttpAnswer(response.status_code, self._read(response.raw, end))
        except (requests.RequestException, HTTPError) as error:
            raise self._named(error) from error

    def _read(self, response: Any, end: float) -> bytes:
        """The body; it is given up at the deadline, when the thread that asked has gone on already."""
        body = bytearray()
        while chunk := response.read1(_CHUNK, decode_content=True):  # waits for the network once at most
            body += chunk
            if len(body) > self._most_bytes:
                raise HttpError(f"gave an answer of more than {self._most_bytes} bytes")
            if time.monotonic() > end:
                raise self._late()
        return bytes(body)

    def _late(self) -> HttpError:
        return HttpError(f"did not answer within {self._timeout:g} s")

    def _named(self, error: Exception) -> HttpError:
        """The error in one clause, by what urllib3 says below requests."""
        cause: Any = error
        if isinstance(cause, requests.RequestException) and cause.args and isinstance(cause.args[0], Exception):
            cause = cause.args[0]
        if isinstance(cause, MaxRetryError) and cause.reason is not None:
            cause = cause.reason
        if _is_late(cause):
            return self._late()
        if isinstance(cause, (ProtocolError, InvalidHeader, DecodeError)):
            return HttpError(f"gave an answer that is not whole HTTP ({cause.args[0]!s:.100})")
        return HttpError(f"cannot be reached ({cause!s:.200}); is it running?")


@dataclass(frozen=True)
class _Sender:
    """A thread that sends, and what it sends with, of one process."""

    process: int
    thread: ThreadPoolExecutor
    session: requests.Session


class _TryAgain(Retry):
    """Tries again what failed before the deadline: a socket that waited in vain has waited until then."""

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


class _Adapter(HTTPAdapter):
    """Trusts the authorities of the system; requests alone knows those of certifi only."""

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
    kind = _Adapter if scheme == "https" else HTTPAdapter  # to read the authorities takes time
    session.mount(f"{scheme}://", kind(pool_maxsize=1, max_retries=again))
    return session


def _is_late(error: object) -> bool:
    return isinstance(error, (ConnectTimeoutError, ReadTimeoutError)) and not isinstance(error, NewConnectionError)
