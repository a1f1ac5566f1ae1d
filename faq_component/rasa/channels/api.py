"""Calls to a platform's API, with its access token."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import aiohttp

from faq_component.rasa.channels.bounded_answers import BoundedResponse

_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
_RENEW_SECONDS = 300  # before expiry: platforms then issue a new token, and accept both
_TRIES = 3
_NOT_HANDLED = frozenset((429, 502, 503, 504))


class ApiError(Exception):
    """A call failed. The text holds no secret."""


class AccessToken:
    """A platform's access token, cached and renewed before it expires.

    Args:
        fetch: returns a new token and its lifetime in seconds.
    """

    def __init__(self, fetch: Callable[[], Awaitable[tuple[str, float]]]) -> None:
        self._fetch = fetch
        self._token = ""
        self._until = 0.0
        self._lock: asyncio.Lock | None = None

    async def get(self) -> str:
        """Return the token; fetch a new one if it expires soon."""
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            if time.monotonic() >= self._until:
                self._token, seconds = await self._fetch()
                self._until = time.monotonic() + seconds - min(_RENEW_SECONDS, seconds / 2)
            return self._token

    def forget(self, token: str) -> None:
        """Discard a token that the platform rejects, if it is the current one."""
        if token == self._token:
            self._until = 0.0


class PlatformApi:
    """A JSON client for a platform's API. It retries calls that the platform certainly did not handle.

    Args:
        base: address before each path.
        code: key of the error code in answers; 0 is success.
        busy: error codes after which a call may be repeated.
    """

    def __init__(self, base: str, *, code: str = "errcode", busy: Collection[int] = (-1,)) -> None:
        self._base = base.rstrip("/")
        self._code = code
        self._busy = busy
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        accepted: Collection[int] = (),
        repeatable: bool = False,
    ) -> dict[str, Any]:
        """POST a body, or GET without one, and return the answer.

        Args:
            path: path below `base`, or a full address.
            body: sent as JSON.
            params: parameters of the query.
            headers: further headers.
            accepted: error codes that the caller handles.
            repeatable: the platform recognises a repeated call, so retry after any network failure.

        Raises:
            ApiError: the platform cannot be reached, or answers with another error code.
        """
        reason = ""
        for attempt in range(_TRIES):
            if attempt:
                await asyncio.sleep(0.2 * 4**attempt)
            try:
                status, answer = await self._once(path, body, params, headers)
            except aiohttp.ClientConnectorError:
                reason = "the platform cannot be reached"
                continue
            except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
                reason = f"the platform's answer failed with {type(error).__name__}"
                if not repeatable:
                    break
                continue
            if status in _NOT_HANDLED:
                reason = f"HTTP status {status}"
                continue
            code = answer.get(self._code, 0)
            if code == 0 or code in accepted:
                return answer
            reason = f"{self._code} {code}"
            if code not in self._busy:
                break
        raise ApiError(reason)

    async def call_with_token(
        self,
        token: AccessToken,
        path: str,
        body: dict[str, Any],
        *,
        expired: Collection[int],
        in_header: bool = False,
        params: dict[str, str] | None = None,
        repeatable: bool = False,
    ) -> dict[str, Any]:
        """POST with an access token; if it has expired, once more with a new one.

        Args:
            token: the access token.
            path: path below `base`, or a full address.
            body: sent as JSON.
            expired: error codes of an expired token.
            in_header: send the token in the header ``Authorization``, not in the query.
            params: parameters of the query.
            repeatable: as for `call`.

        Raises:
            ApiError: the platform cannot be reached, or answers with another error code.
        """
        for accepted in (expired, ()):
            value = await token.get()
            given = dict(params or {}) if in_header else {**(params or {}), "access_token": value}
            headers = {"Authorization": f"Bearer {value}"} if in_header else {}
            answer = await self.call(
                path, body, params=given, headers=headers, accepted=accepted, repeatable=repeatable
            )
            if answer.get(self._code, 0) == 0:
                break
            token.forget(value)
        return answer

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _once(
        self, path: str, body: dict[str, Any] | None, params: dict[str, str] | None, headers: dict[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, response_class=BoundedResponse)
        url = path if path.startswith("http") else self._base + path
        # WeChat shows \u escapes to users undecoded.
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {**(headers or {}), **({} if data is None else {"Content-Type": "application/json; charset=utf-8"})}
        method = "GET" if data is None else "POST"
        async with self._session.request(
            method, url, data=data, params=params, headers=sent, allow_redirects=False
        ) as response:
            if response.status in _NOT_HANDLED:
                return response.status, {}
            answer = json.loads(await response.read())
            if not isinstance(answer, dict):
                raise ValueError("not an object")
            return response.status, answer
