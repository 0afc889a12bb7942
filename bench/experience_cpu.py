"""CPU seconds of a process and of all that it starts, sandboxed ones included.

A sandboxed tree is nobody's child that is waited for, so what the system adds up for parents lacks
it. Every process below is looked at twice a second instead; what it did after the last look, and
who lived between two looks, is left out.
"""

import os
from pathlib import Path
from threading import Event, Thread
from typing import Self

_LOOK_S = 0.5
_PARENT, _USER, _SYSTEM, _STARTED = 1, 11, 12, 19  # fields of `stat` after the name
_TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """Adds up a tree's CPU seconds while it is open.

    Args:
        root: Process number of whoever started everything.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._seen: dict[tuple[int, int], int] = {}
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    @property
    def cpu_s(self) -> float:
        """Seconds so far."""
        return sum(self._seen.values()) / _TICKS

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            found = _processes()
            for number, fields in found.items():
                if self._is_ours(number, found):
                    key = (number, fields[_STARTED])
                    self._seen[key] = fields[_USER] + fields[_SYSTEM]

    def _is_ours(self, number: int, found: dict[int, list[int]]) -> bool:
        while number in found and number != self._root:
            number = found[number][_PARENT]
        return number == self._root


def _processes() -> dict[int, list[int]]:
    """Return the numbers that `stat` tells of each process; its state is given as 0."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended since it was listed
        found[int(path.parent.name)] = [0, *map(int, words[1:])]
    return found
