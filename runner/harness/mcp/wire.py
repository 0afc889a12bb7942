"""Lines over standard input and output, such that nothing waits where it cannot be cancelled.

The SDK's own reader and writer sit in threads, where a signal would wait for a client's next line;
and it drops what it cannot read, so that the client would wait for an answer.
"""

import json
import os
import re
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Self

import anyio
from mcp.types import PARSE_ERROR, jsonrpc_message_adapter
from pydantic import ValidationError

MAX_LINE = 16 << 20
"""Bytes of one message; the middle of a longer one is dropped while it comes in."""
_CHUNK = 1 << 16
_AT_ONCE = 4096
"""What a pipe that is ready to be written takes without waiting (PIPE_BUF)."""
_ENDS = 256
# an id where clients put it, first or last, and not one among the arguments
_ID = re.compile(
    rb'^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*([0-9]{1,18}|"[^"\\]{1,64}")\s*,'
    rb'|,\s*"id"\s*:\s*([0-9]{1,18}|"[^"\\]{1,64}")\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$'
)


class Writer:
    """A file descriptor that takes text, as the SDK writes it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._turn = anyio.Lock()

    async def write(self, text: str) -> None:
        """Write all of it; a client that does not read can only make us wait."""
        data = memoryview(text.encode())
        async with self._turn:
            while data:
                await _until(self._descriptor, anyio.wait_writable)
                data = data[os.write(self._descriptor, data[:_AT_ONCE]) :]

    async def flush(self) -> None:
        """Do nothing: what was written is out."""


class Lines:
    """The messages of a file descriptor, a line each, as the SDK iterates over them.

    A line that is no message is answered here.
    """

    def __init__(self, descriptor: int, *, answers: Writer) -> None:
        self._descriptor = descriptor
        self._answers = answers
        self._held = bytearray()
        self._lost = 0
        self._ready: deque[tuple[bytes, int]] = deque()
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while True:
            while not self._ready and not self._ended:
                await self._more()
            if not self._ready:
                raise StopAsyncIteration
            line, lost = self._ready.popleft()
            found = None if lost else _message(line)
            if found is not None:
                return found
            if line.strip():
                await self._answers.write(_refusal(line, lost=lost))

    async def _more(self) -> None:
        await _until(self._descriptor, anyio.wait_readable)
        chunk = os.read(self._descriptor, _CHUNK)
        self._ended = not chunk
        *whole, rest = chunk.split(b"\n")
        for piece in whole:
            self._take(piece)
            self._ready.append((bytes(self._held), self._lost))
            self._held, self._lost = bytearray(), 0
        self._take(rest)

    def _take(self, piece: bytes) -> None:
        self._held += piece
        over = len(self._held) - MAX_LINE
        if over > 0:
            self._lost += over
            del self._held[_ENDS : _ENDS + over]


def _message(line: bytes) -> str | None:
    """Return a line that is a message, mended where JSON names half a character."""
    for text in (line.decode(errors="replace"), _mended(line)):
        try:
            jsonrpc_message_adapter.validate_json(text)
        except ValidationError:
            continue
        return text
    return None


def _mended(line: bytes) -> str:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    return json.dumps(found, ensure_ascii=False).encode(errors="replace").decode()


def _refusal(line: bytes, *, lost: int) -> str:
    found = _ID.search(line[:_ENDS] + line[_ENDS:][-_ENDS:])
    name = next((part for part in found.groups() if part), b"null") if found else b"null"
    why = (
        f"a message of {len(line) + lost} bytes; at most {MAX_LINE}"
        if lost
        else "not a message of JSON-RPC"
    )
    error = json.dumps({"code": PARSE_ERROR, "message": why})
    return f'{{"jsonrpc": "2.0", "id": {name.decode(errors="replace")}, "error": {error}}}\n'


async def _until(descriptor: int, ready: Callable[[int], Awaitable[None]]) -> None:
    """Wait for a pipe, a socket or a terminal; a regular file is always ready."""
    try:
        await ready(descriptor)
    except PermissionError:  # epoll takes no regular file
        await anyio.lowlevel.checkpoint()
