"""A child process as it is asked for, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.core.field import Network

LOG_BYTES = 10 << 20
"""Bytes of a child's output that are kept; a maker that prints for ever must not fill the disk."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to run, with what it may see.

    Attributes:
        argv: Program and arguments; never a shell line.
        cwd: Folder to start in; below a readable or writable path.
        env: The child's variables. PATH, HOME, LANG and TMPDIR are added unless given here; HOME
            and TMPDIR are one fresh folder that goes when the child ends. A mark of ours comes
            with them (`runner.sandbox.tree.MARK`); nothing is inherited.
        log: File for stdout and stderr, replaced.
        readable: Files and folders shown read-only. Of nested paths the deeper one decides.
        writable: Files and folders shown writable.
        hidden: Files and folders masked although they lie below a path that is shown.
        network: `none`, `all`, or hosts; a list of hosts cannot be enforced yet and means all.
        timeout_s: Seconds until SIGTERM.
        grace_s: Seconds from SIGTERM to SIGKILL.
        memory_bytes: Limit of private memory per process (RLIMIT_DATA).
        secrets: Values masked in `Finished.log_tail`.
    """

    argv: tuple[str, ...]
    cwd: Path
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    network: Network = "none"
    timeout_s: float = 3600.0
    grace_s: float = 10.0
    memory_bytes: int | None = None
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """How a child ended; by then no process of its tree is left.

    Attributes:
        returncode: Exit status; 128 + N when signal N ended it, 127 when it could not be started.
        seconds: Wall time from start to the end of the last process.
        timed_out: The time was up, whatever the exit status.
        log_tail: The last lines of its output, secrets masked.
        notes: What of the command could not be enforced here, one sentence each.
    """

    returncode: int
    seconds: float
    timed_out: bool
    log_tail: str
    notes: tuple[str, ...] = ()
