"""Confines a command by Landlock and stays beside it: when the command ends, so does its tree.

A script, alone but for its neighbours. `r/path`, `w/path` and `l/path` allow to read, to write
and to list; `abi=N`, `net=none|all` and `calls=filtered|all` say how; the command follows `--`.

Daemons come to this process as the nearest subreaper, whatever they call themselves, so it ends
only when none is left. Standard input is a pipe from the runner: its end is the order to kill.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import sys

TYPE_CHECKING = False  # typing would cost every command some milliseconds
if TYPE_CHECKING:
    from collections.abc import Sequence

    from runner.sandbox import kin, landlock, seccomp
else:
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib costs 5 ms
    import kin
    import landlock
    import seccomp

    sys.path.pop(0)

NOT_STARTED = 127
_KILL = 9
KILLED = 128 + _KILL
_DIE_WITH_PARENT, _SUBREAPER = 1, 36
_LOOK_MS = 500
_FOREVER_S = float("inf")
_RIGHTS = {"r": landlock.READ, "w": landlock.WRITE, "l": landlock.LIST}


def main(arguments: Sequence[str]) -> int:
    """Run a command under its rules and return its exit status when its tree is gone."""
    split = arguments.index("--")
    given, argv = arguments[:split], list(arguments[split + 1 :])
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    pid = os.fork()
    if pid == 0:
        _become(given, argv)
    code = _wait(pid)
    kin.clear(_FOREVER_S)
    return code


def _become(given: Sequence[str], argv: list[str]) -> None:
    """Be confined, and be the command; never returns."""
    try:
        libc = ctypes.CDLL(None)
        libc.prctl(_DIE_WITH_PARENT, _KILL, 0, 0, 0)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        variables = _given_variables()
        _confine(given)
        for number in landlock.IGNORED:
            libc.signal(number, None)
        os.execvpe(argv[0], argv, variables)  # noqa: S606 - becoming the command is what this is for
    except OSError as err:
        os.write(2, f"{argv[0]} cannot be started: {err.strerror}\n".encode())
    finally:
        os._exit(NOT_STARTED)


def _given_variables() -> dict[bytes, bytes]:
    """Return the variables that we were given: this interpreter adds to them in some locales."""
    with open("/proc/self/environ", "rb") as file:  # noqa: PTH123 - pathlib costs 5 ms
        pairs = [each.partition(b"=") for each in file.read().split(b"\0") if each]
    return {name: value for name, _, value in pairs}


def _confine(given: Sequence[str]) -> None:
    options = dict(each.split("=", 1) for each in given if each[1:2] != "/")
    abi = min(landlock.available(), int(options["abi"]))
    cut = options["net"] == "none"
    own = cut and landlock.cut_network()
    filtered = options["calls"] != "filtered" or seccomp.install(
        unix=abi >= landlock.RESOLVING, inet=own or not cut
    )
    if not filtered:
        raise OSError(errno.EPERM, "the kernel refuses a filter of system calls")
    rules = [(each[1:], _RIGHTS[each[0]]) for each in given if each[1:2] == "/"]
    landlock.enforce(rules, abi=abi, tcp=not cut)


def _wait(pid: int) -> int:
    """Return how the command ended, or that it was to be killed; reaps whoever else ends."""
    looking = select.poll()
    looking.register(0, 0)  # its end shows as a hang-up
    looking.register(os.pidfd_open(pid), select.POLLIN)
    while True:
        if 0 in {number for number, _ in looking.poll(_LOOK_MS)}:
            return KILLED
        ended = kin.reap()
        if pid in ended:
            code = os.waitstatus_to_exitcode(ended[pid])
            return code if code >= 0 else 128 - code


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
