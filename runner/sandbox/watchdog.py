"""Kills an unsandboxed tree when the runner itself is killed."""

import subprocess
from typing import Self

from runner.sandbox.tree import MARK

_SCRIPT = f"""
read -r _ && exit 0
kill -9 -- "-$1"
for round in 1 2 3 4 5; do
  for file in $(grep -lzsxF "{MARK}=$2" /proc/[0-9]*/environ); do
    pid=${{file#/proc/}}
    kill -9 "${{pid%/environ}}"
  done
done
"""


class Watchdog:
    """A shell that waits for a line; if the pipe ends without one, the runner is dead.

    A shell, for it starts in a millisecond where an interpreter takes fifteen.
    """

    def __init__(self, group: int, *, mark: str) -> None:
        """Watch over a process group and whatever carries the mark."""
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "sh", str(group), mark],
            env={"PATH": "/usr/bin:/bin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # ^C goes to the runner, which ends the tree itself
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._shell.communicate(b"\n")
