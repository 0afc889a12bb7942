"""Many traces as one blob: a tar compressed as a whole, the same bytes for the same traces.

`tar -xJf` opens it. Each case's prompt is the same text again: compressed one by one the traces of
a check take ten times the room, and more.
"""

import lzma
import os
import re
import stat
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.core.canonical import canonical
from runner.trace.error import TraceError
from runner.trace.file import MOST_BYTES, plain_lines, read_lines
from runner.trace.index import CaseEntry, CaseIndex, Split, entry_of

MOST_PACKED = 2 << 30
"""Bytes that a pack may unpack to; it is read as a stream."""
SUFFIX = ".jsonl.gz"

INDEX = "index.json"
BLOCK = 512
END = b"\0" * (2 * BLOCK)

_FILE = rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,63}}{re.escape(SUFFIX)}"
_FAST = 1  # xz preset: level 6 takes ten times as long and gains a tenth


@dataclass(frozen=True, slots=True)
class Packed:
    """A folder's traces.

    Attributes:
        data: The pack, not sealed.
        cases: What it holds, which it says itself, too.
    """

    data: bytes
    cases: tuple[CaseEntry, ...]


def gather(folders: Sequence[Path], *, split: Split, most: int = MOST_PACKED) -> Packed:
    """Pack the traces that checkers or a proposer left.

    Args:
        folders: One per repetition of the whole check, in order; usually one.
        split: Errors say nothing about what lies in the files of a held-out one.
        most: Bytes that the traces may have in all.

    Raises:
        TraceError: something is no trace, too large, or not readable.
    """
    tar = _Writer(most)
    cases: dict[str, CaseEntry] = {}
    for number, folder in enumerate(folders):
        for path in _listed(folder):
            name = "a held-out trace" if split == "heldout" else str(path)
            plain = plain_lines(_read(path, name), name=name)
            stem = path.name.removesuffix(SUFFIX)
            case = entry_of(read_lines(plain), stem=stem, name=name)
            if len(folders) > 1:
                # As the engine numbers the scores of a check that it runs several times.
                rep = number + len(folders) * case.rep
                member = f"{case.member.removesuffix('.jsonl')}-of-{number}.jsonl"
                case = case.model_copy(update={"rep": rep, "member": member})
            cases[case.member] = case
            tar.add(case.member, plain.lines)
    index = CaseIndex(cases=tuple(cases.values()))
    tar.add(INDEX, canonical(index.model_dump(mode="json")))
    return Packed(tar.end(), index.cases)


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []  # a checker that keeps none
    except OSError as err:
        raise TraceError(f"{folder}: {err.strerror}; expected a folder of traces") from err


def _read(path: Path, name: str) -> bytes:
    """Return a file that a child left; a link or a pipe could lead anywhere."""
    if not re.fullmatch(_FILE, path.name):
        raise TraceError(f"{name} is no trace: expected a file *{SUFFIX}")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode) or state.st_size > MOST_BYTES:
                raise TraceError(f"{name} is no trace: not a regular file, or too large")
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read()
        finally:
            os.close(descriptor)
    except OSError as err:
        raise TraceError(f"{name} is no trace: {err.strerror or err}") from err


class _Writer:
    """A tar of fixed metadata, compressed on the way."""

    def __init__(self, most: int) -> None:
        self._xz = lzma.LZMACompressor(preset=_FAST)
        self._done: list[bytes] = []
        self._size, self._most = 0, most

    def add(self, name: str, content: bytes) -> None:
        padded = header(name, len(content)) + content + b"\0" * (-len(content) % BLOCK)
        self._size += len(padded)
        if self._size > self._most:
            raise TraceError(f"the traces hold more than {self._most} bytes; run fewer cases")
        self._done.append(self._xz.compress(padded))

    def end(self) -> bytes:
        return b"".join((*self._done, self._xz.compress(END), self._xz.flush()))


def header(name: str, size: int) -> bytes:
    """Return a member's tar header; only name and size differ from one to the next."""
    member = tarfile.TarInfo(name)
    member.size = size
    return member.tobuf(tarfile.USTAR_FORMAT)
