"""Stays beside a command with a quota of tasks: when the command ends, so does its tree.

A script, alone but for its neighbours: `N -- command`. Daemons come to this process as the nearest
subreaper, whatever they call themselves. SIGTERM ends what can be made, not what lives: whoever
sent it gives the command its grace and kills. Where the kernel asks nobody, nothing is limited.
"""

from __future__ import annotations

import _socket
import ctypes
import os
import select
import sys

TYPE_CHECKING = False  # typing would cost every command some milliseconds
if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence

    from runner.sandbox import kin, landlock, quota, seccomp
else:
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib costs 5 ms
    import _signal as signal

    import kin
    import landlock
    import quota
    import seccomp

    sys.path.pop(0)

NOT_STARTED = 127
_DIE_WITH_PARENT, _SUBREAPER = 1, 36
_LOOK_MS = 500
_CLEARING_S = 60.0
_KILL, _END = 9, 15


def main(arguments: Sequence[str]) -> int:
    """Run a command under a quota and return its exit status when its tree is gone."""
    tasks, argv = int(arguments[0]), list(arguments[2:])
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    ours, theirs = _socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _become(argv, theirs)
    theirs.close()
    listener = quota.take(ours)
    allowed = quota.Quota(listener, tasks=tasks, living=kin.living)
    signal.signal(_END, lambda *_: allowed.refuse())
    code = _wait(pid, allowed)
    allowed.close()
    kin.clear(_CLEARING_S)
    return code


def _become(argv: list[str], theirs: _socket.socket) -> None:
    """Be the command, whose tasks are asked for; never returns."""
    try:
        libc = ctypes.CDLL(None)
        libc.prctl(_DIE_WITH_PARENT, _KILL, 0, 0, 0)
        quota.give(theirs, seccomp.ask())
        if argv[:4] == [sys.executable, "-I", "-S", landlock.__file__]:
            landlock.become(argv[4:])  # without another interpreter, which costs 20 ms
        for number in landlock.IGNORED:
            libc.signal(number, None)
        os.execvp(argv[0], argv)  # noqa: S606 - becoming the command is what this is for
    except OSError as err:
        os.write(2, f"{argv[0]} cannot be started: {err.strerror}\n".encode())
    except SystemExit as err:
        os.write(2, f"{err}\n".encode())
    finally:
        os._exit(NOT_STARTED)


def _wait(pid: int, allowed: quota.Quota) -> int:
    """Return how the command ended; answers who asks and reaps whoever else ends."""
    ended = os.pidfd_open(pid)
    looking = select.poll()
    looking.register(ended, select.POLLIN)
    if allowed.listener >= 0:
        looking.register(allowed.listener, select.POLLIN)
    told = False
    while True:
        ready = dict(looking.poll(_LOOK_MS))
        done = kin.reap()
        if pid in done:
            code = os.waitstatus_to_exitcode(done[pid])
            return code if code >= 0 else 128 - code
        if allowed.listener in ready and not allowed.answer():
            looking.unregister(allowed.listener)
        if allowed.met and not told:
            told = True
            os.write(2, allowed.words.encode())


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
