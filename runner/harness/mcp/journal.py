"""What a foreign agent did, call by call, in a file that survives the server's end.

The first line names what was served, the last one the state in which the world was left; a line
for every call stands between them. A server that was killed leaves no last line, and one that is
started again goes on in the same file.
"""

import fcntl
import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from runner.core.frozen import Frozen
from runner.core.world import World
from runner.harness.mcp.error import ServeError

MAX_ARGUMENTS = 64 * 1024
"""Characters of one call's arguments; a call with more is refused without asking the world."""

_MAX_BYTES = 256 << 20


class Begun(Frozen):
    """A server was started.

    Attributes:
        served: Digest of the world and the instruction.
    """

    served: str


class Called(Frozen):
    """One call and what was said to it.

    Attributes:
        arguments: JSON text as the world was given it.
        cut: They were too long for the world to be asked, and what is kept is their beginning.
    """

    name: str
    arguments: str
    text: str
    ok: bool
    cut: bool = False


class Closed(Frozen):
    """A server ended.

    Attributes:
        state: The world as it was then, as a JSON value.
    """

    state: Any


Line = Begun | Called | Closed
_LINE = TypeAdapter[Line](Line)


class Journal:
    """A journal that one server writes, each line at once."""

    def __init__(self, descriptor: int, calls: tuple[Called, ...], *, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path
        self.calls = calls

    @classmethod
    def open(cls, path: Path, *, served: str) -> Self:
        """Begin a journal, or go on in one of the same world; `calls` is what it holds already.

        Raises:
            ServeError: it cannot be written, another server writes it, or it is of another world.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as err:
            raise ServeError(f"the journal {path} cannot be written: {err.strerror}") from err
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lines = read_journal(path)
            _check(lines, served=served, path=path, empty=not os.fstat(descriptor).st_size)
            _end_line(descriptor)
        except BlockingIOError as err:
            os.close(descriptor)
            raise ServeError(f"another server writes the journal {path}; name another") from err
        except BaseException:
            os.close(descriptor)
            raise
        calls = tuple(line for line in lines if isinstance(line, Called))
        journal = cls(descriptor, calls, path=path)
        journal.write(Begun(served=served))
        return journal

    def write(self, line: Line) -> None:
        """Add one line, whole, before anybody is told of it.

        Raises:
            ServeError: the disk is full.
        """
        data = json.dumps(line.model_dump(mode="json"), ensure_ascii=False).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as err:
            raise ServeError(f"the journal {self._path} takes no more: {err.strerror}") from err

    def close(self, state: object) -> None:
        """Write the state in which the world is left, and close the file."""
        try:
            self.write(Closed(state=state))
        finally:
            os.close(self._descriptor)


def read_journal(path: Path) -> tuple[Line, ...]:
    """Return a journal's lines; one that a killed server left half written is not among them.

    Raises:
        ServeError: it cannot be read, or a line is none that a server writes.
    """
    data = _bytes(path)
    found: list[Line] = []
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            found.append(_LINE.validate_json(line, strict=True))
        except ValidationError as err:
            wrong = "no line of a journal; name a new file, or one that a server began"
            raise ServeError(f"{path}:{number}: {wrong}") from err
    return tuple(found)


def _bytes(path: Path) -> bytes:
    """Read a file that an agent may have put there: no link, no device, nothing endless."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_BYTES:
                raise ServeError(f"{path} is no journal: no regular file, or too large for one")
            return file.read(_MAX_BYTES)
    except OSError as err:
        raise ServeError(f"the journal {path} cannot be read: {err.strerror}") from err


def replay(calls: Sequence[Called], world: World) -> None:
    """Make the calls of a journal again, so that a world stands where its agent left it.

    A state in a journal is a claim; what its calls lead to is not.

    Raises:
        ServeError: the world says something else, so this is no journal of it.
    """
    for number, call in enumerate(calls, start=1):
        if call.cut:
            continue  # the world was not asked
        seen = world.call(call.name, call.arguments)
        if (seen.ok, seen.text) != (call.ok, call.text):
            raise ServeError(
                f"call {number} of the journal, {call.name}, came to something else in this world; "
                "it is the journal of another one, or was changed"
            )


def _check(lines: Sequence[Line], *, served: str, path: Path, empty: bool) -> None:
    if not empty and not isinstance(next(iter(lines), None), Begun):
        raise ServeError(f"{path}:1: a journal begins with what was served; name a new file")
    if any(isinstance(line, Begun) and line.served != served for line in lines):
        raise ServeError(f"the journal {path} is of another task; name a new file")


def _end_line(descriptor: int) -> None:
    """Cut off what a killed server left half written."""
    data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.ftruncate(descriptor, whole)
