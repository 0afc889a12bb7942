"""One run per loop and machine, by a lock that the kernel frees."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.core.errors import LoopError


class BusyError(LoopError):
    """Another run of the loop is at work on this machine."""


class LockError(LoopError):
    """A lock that cannot be taken for another reason than that it is held."""


@contextmanager
def only_run(home: Path, loop: str) -> Iterator[None]:
    """Hold the loop's lock for the length of a `with` block.

    Raises:
        BusyError: another process holds it; names that process.
        LockError: the lock's file cannot be written.
    """
    descriptor = _opened(home / "locks" / loop)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise BusyError(
                f"another run of loop {loop} is at work on this machine (process {holder}); "
                "wait for it or stop it"
            ) from err
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as err:
        raise LockError(f"{path}: {err.strerror}; set LOOP_HOME to a folder you may write") from err
