"""A folder for one attempt, in which commands of an agent run."""

import sys
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree, which

from runner.sandbox import landlock, quota
from runner.sandbox.command import Command
from runner.sandbox.mechanism import Mechanism
from runner.sandbox.run import run
from runner.worlds.repair.commit import put_under_git
from runner.worlds.repair.tree import Folder, lay

TIMEOUT_S = 10.0
MEMORY_BYTES = 1 << 30
LOG_BYTES = 64 << 10
TASKS = 128
"""Processes and threads of one command at a time."""
_FILE_BYTES = 64 << 20
"""Bytes of any file that a command writes."""
_GRACE_S = 0.2
_PLAIN = Mechanism("plain", reason="Landlock confines each command")
_SHELL = "/bin/bash"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed and how it ended.

    Attributes:
        text: Its output; the workspace's own place is left out of it, so that it tells nothing and
            is the same in each attempt.
        code: Exit status; None where it was killed after its time.
    """

    text: str
    code: int | None


class Workspace:
    """A fresh folder with files under git, which goes with the object.

    Nothing of it is shared with another: not its index, not its configuration, not its HOME.
    """

    def __init__(self, base: Mapping[str, bytes]) -> None:
        """Lay files out and commit them.

        Raises:
            WorldError: they cannot be laid out, or git refuses.
        """
        self._place = Path(tempfile.mkdtemp(prefix="git-loop-")).resolve()
        self._drop = weakref.finalize(self, rmtree, self._place, ignore_errors=True)
        self._root, self._home = self._place / "work", self._place / "home"
        for folder in (self._root, self._home):
            folder.mkdir()
        lay(self._root, base)
        put_under_git(self._root)
        self.tree = Folder(self._root)

    def run(self, command: str, *, timeout_s: float = TIMEOUT_S) -> Said:
        """Run a command of bash to its end; nothing that it started is left then.

        It is told in its output where it met the limit of `TASKS`.

        It reads the system and the workspace, writes the workspace and its HOME, and has no
        network; see `landlock.note` for what of this the kernel cannot refuse.

        Args:
            command: What bash is told.
            timeout_s: Wall seconds.
        """
        limits = ("prlimit", f"--fsize={_FILE_BYTES}", "--") if which("prlimit") else ()
        log = self._place / "log"
        finished = run(
            Command(
                argv=quota.limited(self._confined((*limits, _SHELL, "-c", command)), tasks=TASKS),
                cwd=self._root,
                log=log,
                env=self._environment(),
                timeout_s=timeout_s,
                grace_s=_GRACE_S,
                memory_bytes=MEMORY_BYTES if limits else None,
            ),
            mechanism=_PLAIN,
            log_bytes=LOG_BYTES,
        )
        text = log.read_bytes().decode(errors="replace")
        return Said(self._anonymous(text), None if finished.timed_out else finished.returncode)

    def close(self) -> None:
        """Delete the folder."""
        self._drop()

    def _confined(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        return landlock.confined(argv, readable=(), writable=(self._root, self._home))

    def _environment(self) -> dict[str, str]:
        roots = [str(path) for path in (self._root / "src", self._root) if path.is_dir()]
        return {
            "HOME": str(self._home),
            "TMPDIR": str(self._home),
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": ":".join(roots),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_PAGER": "cat",
            "GIT_AUTHOR_NAME": "agent",
            "GIT_AUTHOR_EMAIL": "agent@example.invalid",
            "GIT_COMMITTER_NAME": "agent",
            "GIT_COMMITTER_EMAIL": "agent@example.invalid",
        }

    def _anonymous(self, text: str) -> str:
        short = text.replace(f"{self._root}/", "").replace(str(self._root), ".")
        return short.replace(str(self._home), "~")
