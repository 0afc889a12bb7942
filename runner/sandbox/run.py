"""Runs one command to its end, and everything that it started."""

import contextlib
import os
import secrets
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from runner.core.errors import TerminatedError
from runner.sandbox import grant, tree, view
from runner.sandbox.command import LOG_BYTES, Command, Finished
from runner.sandbox.error import SandboxError
from runner.sandbox.log import Log
from runner.sandbox.mechanism import Mechanism
from runner.sandbox.watchdog import Watchdog

_CHUNK = 1 << 16
_DRAIN_S = 1.0
"""Seconds to wait for the end of the output when the tree is dead."""
_PATIENCE_S = 86_400.0
"""Seconds of one wait at most: the system counts no more than 24 days at once."""
_NOT_STARTED = 127
_CLEARING_S = 10.0
"""Seconds that a supervisor has to kill what it watches over, before it is killed as well."""


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    pipe: int
    mark: str
    mechanism: Mechanism

    @property
    def wrapped(self) -> bool:
        """Whether the process is a go-between that ends the tree, and is to live until then."""
        return self.mechanism.name != "plain"


def run(command: Command, *, mechanism: Mechanism, log_bytes: int = LOG_BYTES) -> Finished:
    """Run a command and return when no process of its tree is left.

    Whatever ends this call (a time limit, ^C, an error) ends the tree; so does the runner's death.

    Args:
        command: What to run and what it may see.
        mechanism: From `detect`; `plain` shows everything and cuts nothing.
        log_bytes: Bytes of output that are kept on disk.

    Raises:
        SandboxError: the command's paths or limits cannot be honoured; nothing was started.
    """
    if not command.cwd.is_dir():
        raise SandboxError(f"cwd {command.cwd} is not a folder")
    started = time.monotonic()
    log = Log(command.log, limit=log_bytes)
    try:
        with _scratch() as scratch:
            code, timed_out = _start_and_wait(command, mechanism, scratch, log)
    finally:
        log.close()
    return Finished(
        returncode=code,
        seconds=time.monotonic() - started,
        timed_out=timed_out,
        log_tail=log.tail(command.secrets),
        notes=_notes(command, mechanism),
    )


def _start_and_wait(
    command: Command, mechanism: Mechanism, scratch: Path, log: Log
) -> tuple[int, bool]:
    limited = replace(command, argv=(*_limits(command), *command.argv))
    argv = _wrapped(limited, mechanism, scratch)
    mark = secrets.token_hex(8)
    environment = _environment(command, scratch) | {tree.MARK: mark}
    reading, writing = os.pipe()
    try:
        order = subprocess.PIPE if mechanism.name == "landlock" else subprocess.DEVNULL
        process = _spawn(argv, command.cwd, environment, output=writing, order=order)
    except OSError as err:
        log.write(f"{argv[0]} cannot be started: {err.strerror}\n".encode())
        os.close(reading)
        return _NOT_STARTED, False
    finally:
        os.close(writing)
    os.set_blocking(reading, False)
    try:
        return _watch(_Child(process, reading, mark, mechanism), command, log)
    finally:
        os.close(reading)


def _wrapped(command: Command, mechanism: Mechanism, scratch: Path) -> tuple[str, ...]:
    if mechanism.name == "bwrap":
        return view.arguments(command, mechanism=mechanism, scratch=scratch)
    if mechanism.name == "landlock":
        return grant.arguments(command, mechanism=mechanism, scratch=scratch)
    return command.argv


def _spawn(
    argv: tuple[str, ...], cwd: Path, environment: dict[str, str], *, output: int, order: int
) -> subprocess.Popen[bytes]:
    """Start a process; through `order` a supervisor hears of our end, and of its own."""
    return subprocess.Popen(
        argv,
        cwd=cwd,
        env=environment,
        stdin=order,
        stdout=output,
        stderr=output,
        start_new_session=True,  # one group to kill, and no terminal to push input into
    )


def _watch(child: _Child, command: Command, log: Log) -> tuple[int, bool]:
    """Wait for the end in time, after grace, or by force; the tree is dead on every way out."""
    pid = child.process.pid
    timed_out = False
    with contextlib.ExitStack() as guard:
        try:
            if not child.wrapped:  # a go-between notices our death by itself
                guard.enter_context(Watchdog(pid, mark=child.mark))
            if not _wait(child, log, command.timeout_s):
                timed_out = True
                tree.terminate(pid, mark=child.mark, spare_root=child.wrapped)
                _wait(child, log, command.grace_s)
        except TerminatedError:  # there is time to leave a checkpoint
            tree.terminate(pid, mark=child.mark, spare_root=child.wrapped)
            _wait(child, log, command.grace_s)
            _destroy(child, log)
            raise
        except BaseException:
            _destroy(child, log)
            raise
        finally:
            if timed_out:
                _destroy(child, log)
            # Not reaped yet, so its group's number cannot have been given to another.
            tree.sweep(pid, mark=child.mark)
            code = _reap(child.process)
            _drain(child.pipe, log, _DRAIN_S)
    return code if code >= 0 else 128 - code, timed_out


def _destroy(child: _Child, log: Log) -> None:
    """Kill the tree; a supervisor does it more thoroughly, since every daemon comes to it."""
    if child.process.stdin is not None:
        child.process.stdin.close()
        if _wait(child, log, _CLEARING_S):
            return
    tree.destroy(child.process.pid, mark=child.mark)


def _reap(process: subprocess.Popen[bytes]) -> int:
    code = process.wait()
    if process.stdin is not None:
        process.stdin.close()
    return code


def _wait(child: _Child, log: Log, seconds: float) -> bool:
    """Take output until the child has ended (True) or the time is up (False)."""
    deadline = time.monotonic() + seconds
    ended = os.pidfd_open(child.process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(ended, selectors.EVENT_READ)
            selector.register(child.pipe, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0:
                ready = {key.fd for key, _ in selector.select(min(left, _PATIENCE_S))}
                if child.pipe in ready and not _take(child.pipe, log):
                    selector.unregister(child.pipe)
                if ended in ready:
                    return True
    finally:
        os.close(ended)
    return False


def _take(pipe: int, log: Log) -> bool:
    """Take one chunk; False at the end of the output."""
    try:
        chunk = os.read(pipe, _CHUNK)
    except BlockingIOError:
        return True
    log.write(chunk)
    return bool(chunk)


def _drain(pipe: int, log: Log, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0 and selector.select(left):
            if not _take(pipe, log):
                return


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give the child a folder of its own, its HOME and TMPDIR; one, for a mkdir can cost 1 ms."""
    folder = Path(tempfile.mkdtemp(prefix="git-loop-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(command: Command, scratch: Path) -> dict[str, str]:
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        **command.env,
    }


def _limits(command: Command) -> tuple[str, ...]:
    if command.memory_bytes is None:
        return ()
    program = shutil.which("prlimit", path=os.defpath)
    if program is None:
        raise SandboxError("a memory limit needs prlimit (apt install util-linux)")
    # Private memory, not address space: CUDA reserves terabytes of the latter.
    return (program, f"--data={command.memory_bytes}", "--core=0", "--")


def _notes(command: Command, mechanism: Mechanism) -> tuple[str, ...]:
    if command.network == "all":
        return ()
    if isinstance(command.network, tuple) and command.network:
        hosts = ", ".join(command.network)
        return (f"a list of hosts ({hosts}) cannot be enforced yet: the command could reach any",)
    if not mechanism.cuts_network:
        return ("the network could not be cut: the command could reach any host",)
    return ()
