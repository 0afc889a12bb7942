"""Says who of a command's tree may make a process or a thread, so that a limit binds everybody.

Alone and without imports from the house. The kernel's own limit (RLIMIT_NPROC) exempts the
superuser and counts all that a user runs; here every call that makes a task waits for our answer.
Once all of them are refused nothing grows any more, and one pass kills a tree that forks.

Source: https://docs.kernel.org/userspace-api/seccomp_filter.html, "userspace notification";
include/uapi/linux/seccomp.h.
"""

from __future__ import annotations

import _socket
import errno
import fcntl
import os
import select
import struct
import sys
import time

TYPE_CHECKING = False  # typing would cost every command some milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attend.py")  # noqa: PTH100, PTH118, PTH120 - pathlib costs 5 ms
_NUMBER_BYTES = 4
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_QUESTION_BYTES = 80
_GO_ON = 1
_SETTLE_S = 0.002
"""Seconds for those who may to do it, before what lives is counted."""
_PAUSE_S, _LOOK_S = 0.005, 0.05
"""Seconds that one refusal takes, which slows whoever asks again; and between two counts."""


class Quota:
    """A limit on the processes and threads below this process.

    What lives is counted only when half of the room has been granted, so there may be more by those
    who were granted one and have not made it yet: a few, and at most one for each that lives.

    Attributes:
        listener: Readable while somebody waits for an answer; below 0 where the kernel asks nobody.
        met: Whether any was refused for want of room.
    """

    def __init__(self, listener: int, *, tasks: int, living: Callable[[], int]) -> None:
        """Begin with nothing granted.

        Args:
            listener: From `take`; it is closed by `close`.
            tasks: The most at a time, the first process included.
            living: Counts those that live now.
        """
        self.met = False
        self.listener, self._tasks, self._room = listener, tasks, 0
        self._living = living
        self._look, self._over = 0.0, False

    @property
    def words(self) -> str:
        """What is told to whoever met the limit: a line."""
        return f"[at most {self._tasks} processes and threads at a time; more were refused]\n"

    def answer(self) -> bool:
        """Answer one, if any waits; False where nobody is left who could ask."""
        looking = select.poll()
        looking.register(self.listener, select.POLLIN)
        ready = dict(looking.poll(0)).get(self.listener, select.POLLOUT)
        if ready & select.POLLIN:
            self._reply()
        return bool(ready & (select.POLLIN | select.POLLOUT))

    def refuse(self) -> None:
        """Refuse every one from now on."""
        self._over = True

    def close(self) -> None:
        """Have the kernel refuse every one that asks or waits."""
        if self.listener >= 0:
            os.close(self.listener)
        self.listener = -1

    def _reply(self) -> None:
        question = bytearray(_QUESTION_BYTES)
        try:
            fcntl.ioctl(self.listener, _RECEIVE, question)
            (number,) = struct.unpack_from("Q", question)
            may = self._may()
            error, flags = (0, _GO_ON) if may else (-errno.EAGAIN, 0)
            fcntl.ioctl(self.listener, _SEND, struct.pack("QqiI", number, 0, error, flags))
        except OSError:  # who asked was killed meanwhile
            return

    def _may(self) -> bool:
        if self._over:
            return False
        if self._room <= 0 and time.monotonic() >= self._look:
            time.sleep(_SETTLE_S)
            free = self._tasks - self._living()
            self._room = (free + 1) // 2  # as if each that was granted had not been made yet
            self._look = time.monotonic() + (_LOOK_S if self._room <= 0 else 0)
        if self._room <= 0:
            self.met = True
            time.sleep(_PAUSE_S)
            return False
        self._room -= 1
        return True


def limited(argv: Sequence[str], *, tasks: int) -> tuple[str, ...]:
    """Return a command that has at most so many processes and threads at a time.

    The first process counts; one that stays beside it does not. None of them outlives it.
    """
    return (sys.executable, "-I", "-S", _SCRIPT, str(tasks), "--", *argv)


def give(other: _socket.socket, listener: int) -> None:
    """Hand a listener to the process that will answer, and keep nothing of it."""
    number = struct.pack("i", listener)
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, number)] if listener >= 0 else []
    other.sendmsg([b"."], rights)
    other.close()
    if listener >= 0:
        os.close(listener)


def take(other: _socket.socket) -> int:
    """Return the listener that is handed over, -1 where there is none; waits for it."""
    _, rights, _, _ = other.recvmsg(1, _socket.CMSG_SPACE(_NUMBER_BYTES))
    other.close()
    return int(struct.unpack("i", rights[0][2])[0]) if rights else -1
