"""A client of ``faq serve`` with a time-out, retries and a circuit breaker."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NoReturn

import pybreaker

from faq_component.errors import ServiceError, ServiceRefusedError, SettingsError
from faq_component.language import _
from faq_component.rasa.remote.ahead import Asked, answer_of
from faq_component.settings import Settings
from faq_component.support.http_address import split_address
from faq_component.support.http_client import HttpClient, HttpError

logger = logging.getLogger(__name__)

VARIABLE = "FAQ_SERVICE_URL"
_FAILURES = 2  # consecutive failures that open the circuit
_MOST_BYTES = 1 << 20  # of an answer
_PAUSE_SECONDS = 2.0  # until one request tries again


class ServiceClient:
    """A thread-safe client of the service at an address.

    A request takes at most `timeout` seconds, including the retries of `HttpClient`. After two consecutive failures no
    request is sent for two seconds, so that nobody waits for a service that is down; then one request tries again, and
    its success resumes normal operation.

    Raises:
        SettingsError: the address is invalid.
    """

    def __init__(self, url: str, timeout: float) -> None:
        try:
            split_address(url, "setting 'service_url'")
        except ValueError as error:
            raise SettingsError(str(error)) from error
        self._url = url.rstrip("/")
        self._client = HttpClient(url, timeout, most_bytes=_MOST_BYTES)
        self._breaker = pybreaker.CircuitBreaker(
            _FAILURES, _PAUSE_SECONDS, exclude=[ServiceRefusedError], listeners=[_Log(self._url)]
        )

    def post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """POST JSON and return the answer, a JSON object: that of `ask_ahead` where it was asked ahead.

        Raises:
            ServiceRefusedError: the service refuses the request.
            ServiceError: the service is down, hangs, is overloaded, or its answer is malformed.
        """
        found = answer_of(Asked(self, path, content))
        return self._ask(path, content) if found is None else found

    def _ask(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        try:
            if self._breaker.current_state == pybreaker.STATE_CLOSED:
                # The breaker lets one thread in at a time: it gets the outcome alone.
                answer: dict[str, Any] = self._breaker.call(self._sent(path, content))
            else:
                answer = self._breaker.call(self._send, path, content)
        except pybreaker.CircuitBreakerError as error:
            raise ServiceError(
                _("{url} does not answer; the next attempt is in {seconds:g} s").format(
                    url=self._url, seconds=_PAUSE_SECONDS
                )
            ) from error
        return answer

    def _sent(self, path: str, content: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        """Send a request; return what returns its answer or raises its error."""
        try:
            answer = self._send(path, content)
        except ServiceError as error:
            return partial(_raise, error)
        return lambda: answer

    def _send(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        try:
            response = self._client.post(path, content)
        except HttpError as error:
            raise ServiceError(f"{self._url} {error}") from error
        try:
            answer = response.json()
        except ValueError:
            answer = None
        status = response.status
        if 400 <= status < 500 and status not in (408, 429):
            detail = answer.get("detail") if isinstance(answer, dict) else None
            raise ServiceRefusedError(
                _("{url} refuses the request with status {status}: {reason}").format(
                    url=self._url + path, status=status, reason=detail or _("no reason given")
                )
            )
        if status != 200 or not isinstance(answer, dict):
            raise ServiceError(
                _("{url} answers with status {status} and an unexpected body").format(
                    url=self._url + path, status=status
                )
            )
        return answer


def service_client(settings: Settings) -> ServiceClient | None:
    """Return the client for ``FAQ_SERVICE_URL`` in the environment, else for `service_url`; None without either.

    Callers in this process share one client per address, and with it the state of the circuit breaker.
    """
    url = os.environ.get(VARIABLE) or settings.service_url
    return _client(url, settings.service_timeout) if url else None


_client = lru_cache(maxsize=8)(ServiceClient)


def _raise(error: ServiceError) -> NoReturn:
    raise error


class _Log(pybreaker.CircuitBreakerListener):
    def __init__(self, url: str) -> None:
        self._url = url

    def failure(self, cb: pybreaker.CircuitBreaker, exc: BaseException) -> None:
        logger.warning("%s", exc)

    def state_change(
        self, cb: pybreaker.CircuitBreaker, old_state: Any, new_state: pybreaker.CircuitBreakerState
    ) -> None:
        if new_state.name == pybreaker.STATE_CLOSED:
            logger.warning("%s answers again.", self._url)
