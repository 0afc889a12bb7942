"""The processes below this one: counted, reaped, ended; without imports from the house."""

from __future__ import annotations

import os
import time

_KILL = 9
_PAUSE_S = 0.002


def below(root: int) -> dict[int, int]:
    """Return the processes below one, parents first, and how many threads each has."""
    children: dict[int, list[int]] = {}
    threads: dict[int, int] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - pathlib costs 5 ms
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123 - likewise
                    fields = file.read().rpartition(b")")[2].split()
                parent, count = int(fields[1]), int(fields[17])
            except (OSError, IndexError, ValueError):  # ended meanwhile
                continue
            children.setdefault(parent, []).append(int(name))
            threads[int(name)] = max(1, count)
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return {pid: threads[pid] for pid in found[1:]}


def living() -> int:
    """Count the processes and threads below this process."""
    return sum(below(os.getpid()).values())


def reap() -> dict[int, int]:
    """Return the status of each child of this process that has ended by now."""
    found: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        found[pid] = status


def clear(deadline_s: float) -> None:
    """Kill and reap every process below this one, but give up on what cannot be killed."""
    deadline = time.monotonic() + deadline_s
    while _is_parent() and time.monotonic() < deadline:
        for pid in below(os.getpid()):
            try:
                os.kill(pid, _KILL)
            except (ProcessLookupError, PermissionError):
                continue
        time.sleep(_PAUSE_S)  # a process may fork while it is looked for, so look again


def _is_parent() -> bool:
    reap()
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
