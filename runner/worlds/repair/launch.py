"""Runs the hidden tests of several workspaces, each in a confined process of its own.

A script: its one argument is a pipe through which `Job`s come, a line of JSON each. pytest is
imported once, and every job begins as a copy of this process, which saves 0.2 s each. No code of an
agent runs in this process, and none of its processes outlives its job.
"""

import contextlib
import ctypes
import gc
import json
import os
import resource
import secrets
import selectors
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from runner.sandbox.quota import Quota

_SUBREAPER = 36
_FILES = 256
"""Numbers below which all our open files lie."""
_MAX_REPORT = 8 << 20
_TASKS, _CLEARING_S = 128, 5.0
"""Processes and threads of a job at a time, and seconds to end them."""
_MAX_FILE = 64 << 20
"""Bytes of any file that a test writes."""
_CONTROL = "def {holds}():\n    assert True\n\ndef {fails}():\n    assert False\n"
"""A test that must pass and one that must not; a run in which either does else counts as none."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of tests.

    Attributes:
        work: Folder with the code; the tests start in it and may write to it.
        judge: Folder with the tests, read-only.
        home: Folder for temporary files.
        report: File for what came of it.
        log: File for what was printed.
        roots: Folders of `work` that modules are looked up in, after the standard library's.
        files: Paths of test files in `judge`.
        limit_s: Wall seconds until it is killed.
        cpu_s: CPU seconds, with all that it started, until it is killed; None for any number.
    """

    work: str
    judge: str
    home: str
    report: str
    log: str
    roots: tuple[str, ...]
    files: tuple[str, ...]
    limit_s: float
    cpu_s: float | None = None


class Control(NamedTuple):
    """Names of the control tests and of their file, without its ending; other ones in each run."""

    stem: str
    holds: str
    fails: str

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.stem}.py"


class _Report(Protocol):
    nodeid: str
    passed: bool
    when: str


class Reporter:
    """A pytest plugin that notes which tests passed in all their phases."""

    def __init__(self) -> None:
        self.tests: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: _Report) -> None:
        """Note one phase of a test; a skipped one has not passed."""
        before = self.tests.get(report.nodeid, True)
        self.tests[report.nodeid] = before and report.passed


def main(arguments: Sequence[str]) -> None:
    """Run the jobs of a pipe, one after another, each as it comes, until nobody writes to it."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)  # daemons of a job become children of ours
    plan = os.open(arguments[0], os.O_RDONLY | os.O_NONBLOCK)  # waits for nobody, if he is gone
    os.set_blocking(plan, True)
    _warm()
    gc.freeze()  # a copy that collects garbage would copy all that pytest holds, for 40 ms
    with os.fdopen(plan) as lines:
        for line in lines:
            job = Job(**json.loads(line))
            written = Path(f"{job.report}.new")
            written.write_text(json.dumps(_run(job)))
            written.replace(job.report)


def _warm() -> None:
    """Run pytest once on a test of ours, which imports all that it needs."""
    import pytest  # noqa: PLC0415 - its import is what this process is for

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "test_warm.py")
        file.write_text("def test_warm():\n    assert True\n")
        with Path(folder, "log").open("w") as log, contextlib.redirect_stdout(log):
            pytest.main(_arguments(Path(folder), Path(folder, "tmp"), [str(file)]))


def _arguments(judge: Path, temporary: Path, files: Sequence[str]) -> list[str]:
    (judge / "judge.ini").write_text("[pytest]\n")
    return [
        *("-c", str(judge / "judge.ini"), "--rootdir", str(judge), "--confcutdir", str(judge)),
        *("--noconftest", "--import-mode=importlib", "--basetemp", str(temporary)),
        *("-p", "no:cacheprovider", "-q", "--tb=short", "--color=no"),
        "--continue-on-collection-errors",
        *files,
    ]


def _run(job: Job) -> dict[str, object]:
    """Run one job to its end; no process of it is left then."""
    began = time.monotonic()
    control = Control(*(f"test_{secrets.token_hex(8)}" for _ in Control._fields))
    Path(job.judge, control.file).write_text(_CONTROL.format(**control._asdict()))
    files = [str(Path(job.judge, name)) for name in (*job.files, control.file)]
    arguments = _arguments(Path(job.judge), Path(job.home, "tests"), files)
    reading, writing = os.pipe()
    asking, telling = os.pipe()
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        _child(job, arguments, writing=writing, asking=asking, theirs=theirs)
    theirs.close()
    word = secrets.token_hex(16)  # drawn now, so that no frame of the child has it
    os.write(telling, word.encode())
    for pipe in (writing, asking, telling):
        os.close(pipe)
    said, in_time = _attend(reading, pid, job, ours)
    os.close(reading)
    seconds = time.monotonic() - began
    if not in_time:
        return {"outcome": "timeout", "seconds": seconds}
    tests = _read(said, word, control)
    if tests is None:
        return {"outcome": "crashed", "seconds": seconds}
    return {"outcome": "graded", "seconds": seconds, "tests": tests}


def _read(said: bytes, word: str, control: Control) -> dict[str, bool] | None:
    """Return each test's outcome; None where pytest did not say it, or calls failure success."""
    told = said.removeprefix(word.encode())
    with contextlib.suppress(ValueError, AttributeError):
        tests = dict(json.loads(told)) if told != said else {}
        if tests.pop(f"{control.file}::{control.holds}", None) is not True:
            return None
        return None if tests.pop(f"{control.file}::{control.fails}", None) is not False else tests
    return None


def _child(
    job: Job, arguments: list[str], *, writing: int, asking: int, theirs: socket.socket
) -> None:
    """Become the job: never returns. The word of its report is read once the tests have run."""
    code = 70
    try:
        for last, pipe in pairwise((2, *sorted((writing, asking, theirs.fileno())), _FILES)):
            os.closerange(last + 1, pipe)  # the plan, too, through which other jobs come
        _settle(job, theirs)
        import pytest  # noqa: PLC0415 - imported already; the name is wanted here alone

        reporter = Reporter()
        pytest.main(arguments, plugins=[reporter])
        sys.stdout.flush()
        os.set_blocking(writing, True)
        left = memoryview(os.read(asking, 64) + json.dumps(reporter.tests).encode())
        while left:
            left = left[os.write(writing, left) :]
        code = 0
    finally:
        os._exit(code)


def _settle(job: Job, theirs: socket.socket) -> None:
    """Turn this copy into the process of a job: its output, folders, modules and confinement."""
    from runner.sandbox import (  # noqa: PLC0415 - found by the path that we are started with
        landlock,
        quota,
        seccomp,
    )

    os.setsid()
    output = os.open(job.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.chdir(job.work)
    os.environ.update(HOME=job.home, TMPDIR=job.home)  # noqa: TID251 - the job's own
    tempfile.tempdir = None
    prefixes = (sys.prefix, sys.base_prefix)
    known = [path for path in sys.path if path.startswith(prefixes)]
    own = [path for path in known if not path.endswith("-packages")]
    # after the standard library, but before whatever of the same name is installed here
    sys.path[:] = [*own, *job.roots, *(path for path in known if path not in own)]
    sys.argv[:] = ["pytest"]
    for name in [name for name in sys.modules if name.split(".")[0] == "runner"]:
        del sys.modules[name]
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FILE, _MAX_FILE))
    if landlock.available():
        landlock.restrict(readable=(*prefixes, job.judge), writable=(job.work, job.home))
    quota.give(theirs, seccomp.ask())


def _attend(reading: int, pid: int, job: Job, ours: socket.socket) -> tuple[bytes, bool]:
    """Listen to a job and answer whether it may grow; no process of it is left then."""
    from runner.sandbox import kin, quota  # noqa: PLC0415 - as in `_settle`

    allowed = quota.Quota(quota.take(ours), tasks=_TASKS, living=kin.living)
    try:
        return _listen(reading, pid, job, allowed)
    finally:
        allowed.close()
        kin.clear(_CLEARING_S)


def _listen(reading: int, pid: int, job: Job, allowed: "Quota") -> tuple[bytes, bool]:
    """Take what the job says until it has ended (True) or its time is up (False)."""
    from runner.worlds.repair.left import Left  # noqa: PLC0415 - as in `_settle`

    said, left = bytearray(), Left(job)
    ended = os.pidfd_open(pid)
    os.set_blocking(reading, False)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(ended, selectors.EVENT_READ)
            selector.register(reading, selectors.EVENT_READ)
            if allowed.listener >= 0:
                selector.register(allowed.listener, selectors.EVENT_READ)
            while (seconds := left.seconds()) > 0:
                ready = {key.fd for key, _ in selector.select(seconds)}
                if reading in ready and not _take(reading, said):
                    selector.unregister(reading)
                if ended in ready:
                    while _take(reading, said):
                        pass
                    return bytes(said), True
                if allowed.listener in ready and not _answer(allowed):
                    selector.unregister(allowed.listener)
    finally:
        os.close(ended)
    return bytes(said), False


def _answer(allowed: "Quota") -> bool:
    """Answer one that asks, with what has ended counted no more; False if nobody can ask."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return allowed.answer()


def _take(reading: int, said: bytearray) -> bool:
    """Take one chunk; False at the end, or if there is nothing now."""
    try:
        chunk = os.read(reading, 1 << 16)
    except BlockingIOError:
        return False
    said += chunk[: _MAX_REPORT - len(said)]
    return bool(chunk)


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[3]))
    main(sys.argv[1:])
