"""Recorded answers of an endpoint, so that a loop can be replayed without it.

A cassette is JSONL, one answer per line: `{"request": <sha256>, "status": 200, "body": "..."}`. It
holds neither headers nor keys, and no request: only who asks the same finds the answer.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import httpx2
from pydantic import Field, ValidationError

from runner.core.canonical import canonical, digest
from runner.core.frozen import Frozen
from runner.core.problem import shown
from runner.core.redact import redact
from runner.lm.error import LmError

_TRANSIENT = frozenset({401, 403, 407, 408, 409, 429})
"""What says nothing of the request: another try, or another key, gets another answer."""

_CODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_SUCCESS, _SERVER_ERROR = 200, 500


class Take(Frozen):
    """One recorded answer.

    Attributes:
        request: Digest of what was asked; see `digest_of`.
        body: Text, secrets masked.
    """

    request: str = Field(pattern=r"^[0-9a-f]{64}$")
    status: int = Field(ge=_SUCCESS, lt=_SERVER_ERROR)
    body: str


class Recorder(httpx2.BaseTransport):
    """Passes chat requests on and records their answers; what is retried is left out."""

    def __init__(
        self, inner: httpx2.BaseTransport, path: Path, *, secrets: Sequence[str] = ()
    ) -> None:
        """Wrap a transport.

        Args:
            inner: What speaks to the endpoint.
            path: The cassette; it grows.
            secrets: Values that must not be written.
        """
        self._inner = inner
        self._path = path
        self._secrets = tuple(secrets)
        self._lock = Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send, and record what comes back.

        Raises:
            LmError: the cassette cannot be written.
        """
        asked = digest_of(request)
        response = self._inner.handle_request(request)
        response.read()
        if response.status_code < _SERVER_ERROR and response.status_code not in _TRANSIENT:
            body = redact(response.text, self._secrets)
            self._append(Take(request=asked, status=response.status_code, body=body))
        # A new one: the old one's stream is at its end, and its body is decoded.
        headers = [(name, value) for name, value in response.headers.items() if name not in _CODED]
        return httpx2.Response(response.status_code, headers=headers, content=response.content)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    def _append(self, take: Take) -> None:
        line = canonical(take.model_dump())
        try:
            with self._lock, self._path.open("ab", buffering=0) as file:
                file.write(line)
        except OSError as err:
            raise LmError(f"the cassette {self._path} cannot be written ({err.strerror})") from err


class Player(httpx2.BaseTransport):
    """Answers chat requests from a cassette; a request's answers come in their order."""

    def __init__(self, path: Path) -> None:
        """Read a cassette.

        Raises:
            LmError: it cannot be read, or a line is no recorded answer.
        """
        self._path = path
        self._takes: dict[str, list[Take]] = defaultdict(list)
        for take in _takes(path):
            self._takes[take.request].append(take)
        self._lock = Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer as the endpoint did; after the last answer to a request, with that one.

        Raises:
            LmError: it was not asked when the cassette was recorded.
        """
        request.read()
        with self._lock:
            takes = self._takes.get(digest_of(request), [])
            take = takes.pop(0) if len(takes) > 1 else next(iter(takes), None)
        if take is None:
            raise LmError(
                f"{self._path} has no answer to {_start(request)}; record it without LOOP_OFFLINE"
            )
        headers = {"Content-Type": "application/json"}
        return httpx2.Response(take.status, headers=headers, content=take.body.encode())


def digest_of(request: httpx2.Request) -> str:
    """Return the digest of what is asked: method, path and body; neither host nor headers."""
    asked = json.loads(request.read())
    return digest(canonical([request.method, request.url.path, asked]))


def _takes(path: Path) -> list[Take]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as err:
        raise LmError(f"the cassette {path} cannot be read ({err.strerror})") from err
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(Take.model_validate_json(line))
        except ValidationError as err:
            text = "no recorded answer; expected request, status and body"
            raise LmError(f"{path}:{number}: {text}") from err
    return found


def _start(request: httpx2.Request) -> str:
    """Return the start of what is asked, in the last message's words."""
    return shown(json.loads(request.content)["messages"][-1]["content"])
