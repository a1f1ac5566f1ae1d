"""Asking ``faq serve``: kept connections, a limit in time, a second try, and a pause while it is away."""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from typing import Any

import pybreaker

from faq_component.errors import ServiceError, ServiceRefusedError, SettingsError
from faq_component.settings import Settings
from faq_component.support.http_address import split_address
from faq_component.support.http_client import HttpClient, HttpError

logger = logging.getLogger(__name__)

VARIABLE = "FAQ_SERVICE_URL"
_FAILURES = 2  # one after the other, after which it is left alone
_PAUSE_SECONDS = 2.0  # before it is tried again, with one request


class ServiceClient:
    """The service at an address; may be shared by threads.

    A request has `timeout` seconds altogether, further tries of `HttpClient` included. After two failures one after
    the other nothing is asked for two seconds, so that nobody waits for a service that is away; then one request tries
    it, and all goes on when that is answered.

    Raises:
        SettingsError: the address cannot be.
    """

    def __init__(self, url: str, timeout: float) -> None:
        try:
            split_address(url, "setting 'service_url'")
        except ValueError as error:
            raise SettingsError(str(error)) from error
        self._url = url.rstrip("/")
        self._client = HttpClient(url, timeout)
        self._breaker = pybreaker.CircuitBreaker(
            _FAILURES, _PAUSE_SECONDS, exclude=[ServiceRefusedError], listeners=[_Log(self._url)]
        )

    def post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """The answer, a JSON object.

        Raises:
            ServiceRefusedError: the service refuses what was sent.
            ServiceError: it is away, hangs, has too much to do, or answers nonsense.
        """
        try:
            answer: dict[str, Any] = self._breaker.call(self._send, path, content)
        except pybreaker.CircuitBreakerError as error:
            raise ServiceError(f"{self._url} does not answer, and is left alone for {_PAUSE_SECONDS:g} s") from error
        return answer

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
            raise ServiceRefusedError(f"{self._url}{path} refuses this with status {status}: {detail or 'no reason'}")
        if status != 200 or not isinstance(answer, dict):
            raise ServiceError(f"{self._url}{path} answers with status {status} and no JSON object of ours")
        return answer


def service_client(settings: Settings) -> ServiceClient | None:
    """The client of the service that the environment's ``FAQ_SERVICE_URL``, else the settings name; None without one.

    It is one for each address: all in this process that ask it know together whether it is away.
    """
    url = os.environ.get(VARIABLE) or settings.service_url
    return _client(url, settings.service_timeout) if url else None


_client = lru_cache(maxsize=8)(ServiceClient)


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
