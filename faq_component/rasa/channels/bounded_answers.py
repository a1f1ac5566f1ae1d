"""Answers of HTTP peers, of which no more is read than they may reasonably have."""

from __future__ import annotations

from typing import Any

import aiohttp

MOST_BYTES = 16 << 20


class BoundedResponse(aiohttp.ClientResponse):
    """aiohttp's response, whose body ends with an error where it is longer than `MOST_BYTES`, decompressed."""

    async def start(self, connection: Any) -> BoundedResponse:
        """Read the headers."""
        await super().start(connection)
        self.content: Any = _BoundedStream(self.content, self)
        return self


class _BoundedStream:
    def __init__(self, stream: aiohttp.StreamReader, response: BoundedResponse) -> None:
        self._stream, self._response = stream, response

    async def read(self, size: int = -1) -> bytes:
        """Read `size` bytes at most, or all.

        Raises:
            aiohttp.ClientPayloadError: all is longer than `MOST_BYTES`.
        """
        if size >= 0:
            return await self._stream.read(size)
        body = bytearray()
        while chunk := await self._stream.readany():
            body += chunk
            if len(body) > MOST_BYTES:
                self._response.close()
                raise aiohttp.ClientPayloadError(f"the answer has more than {MOST_BYTES:,} bytes")
        return bytes(body)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
