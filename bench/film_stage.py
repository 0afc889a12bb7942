"""A terminal of its own for the film: a scratch home, and a shell that is typed into."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from film_story import FILES

COLUMNS, ROWS = 80, 26
WHEN = "2026-03-01T12:00:00+00:00"
READY = b"\x1b]133;A\x07"
"""What the prompt begins with, unseen: shells tell terminals so that they wait."""
RC = """\
bind 'set enable-bracketed-paste off'
PS1='\\[\\e]133;A\\a\\e[36m\\]$\\[\\e[0m\\] '
HISTFILE=
cd ~/ring
"""


@dataclass(frozen=True)
class Ground:
    """A home with a repository `ring` in it, and the bare one that it is pushed to."""

    home: Path

    @property
    def environ(self) -> dict[str, str]:
        """The whole environment of the shell."""
        return {
            "HOME": str(self.home),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "COLUMNS": str(COLUMNS),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_NAME": "Ann" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "ann@example.invalid" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_DATE": WHEN for who in ("AUTHOR", "COMMITTER")},
        }

    def build(self) -> None:
        """Lay out the repository."""
        top = self.home / "ring"
        for path, text in FILES.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_text(text)
        self._do("git", "init", "-q", "--bare", "-b", "main", "../ring.git")
        self._do("git", "init", "-q", "-b", "main")
        self._do("git", "remote", "add", "origin", "../ring.git")
        self._do("git", "add", ".")
        self._do("git", "commit", "-q", "-m", "Add a loop")
        self._do("git", "push", "-q", "origin", "main")
        self._do("git-loop", "run", "ring", "--smoke")  # the sandbox is attacked once per machine

    def _do(self, *command: str) -> None:
        place = self.home / "ring"
        subprocess.run(command, cwd=place, env=self.environ, check=True, capture_output=True)


@dataclass
class Shell:
    """An interactive bash on a pseudo-terminal."""

    pid: int
    tty: int

    @classmethod
    def open(cls, ground: Ground) -> "Shell":
        """Start it in the repository."""
        rc = ground.home / ".bashrc"
        rc.write_text(RC)
        bash = shutil.which("bash") or "bash"
        pid, tty = pty.fork()
        if pid == 0:
            os.execve(bash, ["bash", "--rcfile", str(rc), "-i"], ground.environ)
        termios.tcsetwinsize(tty, (ROWS, COLUMNS))
        return cls(pid, tty)

    def press(self, keys: str) -> bytes:
        """Type keys, and return their echo."""
        os.write(self.tty, keys.encode())
        return b"".join(data for _, data in self._read(0.05))

    def enter(self) -> None:
        """End the line that was typed."""
        os.write(self.tty, b"\r")

    def answer(self, *, timeout: float) -> list[tuple[float, bytes]]:
        """Return what is printed up to the next prompt, each with the seconds that it took.

        Raises:
            TimeoutError: no prompt came.
        """
        began, found = time.monotonic(), list[tuple[float, bytes]]()
        while READY not in b"".join(data for _, data in found):
            if time.monotonic() > began + timeout:
                raise TimeoutError(f"no prompt after {timeout} s, but {found[-5:]}")
            found += self._read(0.2)
        found += self._read(0.1)
        return [(at - began, data.replace(READY, b"")) for at, data in found]

    def close(self) -> None:
        """Hang up, and wait until the shell has ended."""
        os.close(self.tty)
        os.waitpid(self.pid, 0)

    def _read(self, seconds: float) -> Iterator[tuple[float, bytes]]:
        while select.select([self.tty], [], [], seconds)[0]:
            data = os.read(self.tty, 65536)
            yield time.monotonic(), data
            if READY in data:
                return


def plain(text: str) -> str:
    """Return what was printed without its escape sequences."""
    return re.sub(r"\x1b\][^\x07]*\x07|\x1b\[[\d;?]*[A-Za-z]|\r", "", text)
