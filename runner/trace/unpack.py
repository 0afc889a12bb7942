"""Packs of traces read back, as a stream; what `pack` would not have written is refused."""

import lzma
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from runner.trace.error import TraceError
from runner.trace.file import MOST_BYTES, Plain, Trace, read_lines
from runner.trace.index import MEMBER, CaseEntry, CaseIndex
from runner.trace.pack import BLOCK, END, INDEX, MOST_PACKED, header

_NAME, _SIZE = slice(0, 100), slice(124, 136)  # where a tar header says so
_CHUNK = 1 << 16
_MEMORY = 64 << 20
_STRANGE = "the pack of traces is damaged, or was not written by git-loop"


@dataclass(frozen=True, slots=True)
class Member:
    """One trace of a pack, its lines as they were written."""

    case: CaseEntry
    trace: Trace


def read_cases(data: bytes, *, most: int = MOST_PACKED) -> tuple[CaseEntry, ...]:
    """Return what a pack holds.

    Raises:
        TraceError: it is damaged, not as `gather` writes it, or unpacks to more than `most` bytes.
    """
    for name, content in _members(data, most):
        if name == INDEX:
            found = _index(content)
    return found


def read_members(data: bytes, wanted: Sequence[CaseEntry]) -> Iterator[Member]:
    """Yield traces of a pack, in its order; one at a time is in memory.

    Raises:
        TraceError: it is damaged, not as `gather` writes it, or lacks one.
    """
    left = {case.member: case for case in wanted}
    for name, content in _members(data, MOST_PACKED):
        case = left.pop(name, None)
        if case is not None:
            yield Member(case, read_lines(Plain(content, whole=case.whole)))
    if left:
        raise TraceError(f"the pack has no {min(left)}; it is another run's, or damaged")


def _index(content: bytes) -> tuple[CaseEntry, ...]:
    try:
        return CaseIndex.model_validate_json(content).cases
    except ValidationError as err:
        raise TraceError("the pack's index is malformed") from err


def _members(data: bytes, most: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each member; refuses all that `gather` would not have written.

    So there is no link, no path and no strange type to think about.
    """
    stream = _Stream(data, most)
    seen: set[str] = set()
    while INDEX not in seen:
        block = stream.read(BLOCK)
        name, size = _told(block)
        if name in seen or size > MOST_BYTES or block != header(name, size):
            raise TraceError(_STRANGE)
        seen.add(name)
        content, rest = stream.read(size), stream.read(-size % BLOCK)
        if any(rest):
            raise TraceError(_STRANGE)
        yield name, content
    stream.end()


def _told(block: bytes) -> tuple[str, int]:
    """Return the name and the size that a header states."""
    name, size = block[_NAME].rstrip(b"\0"), block[_SIZE].rstrip(b"\0")
    if name != INDEX.encode() and not re.fullmatch(MEMBER.encode(), name):
        raise TraceError("the pack of traces is damaged: a member is neither trace nor index")
    if not re.fullmatch(rb"[0-7]{1,11}", size):
        raise TraceError("the pack of traces is damaged: a member without a size")
    return name.decode(), int(size, 8)


class _Stream:
    """What an xz archive unpacks to, piece by piece."""

    def __init__(self, data: bytes, most: int) -> None:
        self._xz = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MEMORY)
        self._data = data
        self._most = self._left = most
        self._held = bytearray()

    def read(self, size: int) -> bytes:
        """Return exactly so many bytes."""
        while len(self._held) < size:
            self._held += self._more()
        found = bytes(self._held[:size])
        del self._held[:size]
        return found

    def end(self) -> None:
        """Return if nothing but a tar's end is left."""
        if self.read(len(END)) != END:
            raise TraceError("the pack of traces goes on after its index")
        while not self._xz.eof:
            if self._more():
                raise TraceError("the pack of traces goes on after its end")
        if self._held or self._xz.unused_data:
            raise TraceError("the pack of traces goes on after its end")

    def _more(self) -> bytes:
        if self._xz.eof or (self._xz.needs_input and not self._data):
            raise TraceError("the pack of traces is cut short")
        data, self._data = self._data, b""
        try:
            found = self._xz.decompress(data, _CHUNK)
        except lzma.LZMAError as err:
            raise TraceError(f"the pack of traces is damaged ({err})") from err
        self._left -= len(found)
        if self._left < 0:
            raise TraceError(f"the pack of traces unpacks to more than {self._most} bytes")
        return found
