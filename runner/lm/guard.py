"""A transport that bounds one answer in time and in bytes, however slowly it drips in."""

import time
from collections.abc import Callable, Iterator
from typing import cast

import httpx2

MOST_BYTES = 64 << 20
"""Bytes of an answer's body; the longest models write is far below."""


class Guard(httpx2.BaseTransport):
    """Passes requests on; a body that takes too long or grows too big ends in a timeout."""

    def __init__(
        self,
        inner: httpx2.BaseTransport,
        *,
        timeout_s: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wrap a transport.

        Args:
            inner: What speaks to the endpoint.
            timeout_s: From the request to the end of its answer.
            now: Seconds on any clock that only goes forward.
        """
        self._inner = inner
        self._timeout_s = timeout_s
        self._now = now

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send, and bound what comes back."""
        until = self._now() + self._timeout_s
        response = self._inner.handle_request(request)
        stream = cast("httpx2.SyncByteStream", response.stream)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(stream, late=lambda: self._now() > until),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, inner: httpx2.SyncByteStream, *, late: Callable[[], bool]) -> None:
        self._inner = inner
        self._late = late

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._inner:
            size += len(chunk)
            if self._late() or size > MOST_BYTES:
                raise httpx2.ReadTimeout(f"{size} bytes and no end")
            yield chunk

    def close(self) -> None:
        self._inner.close()
