"""A limit on a command's processes and threads, which binds the superuser too."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import runner
from runner.sandbox import kin, landlock, quota, seccomp
from tests.sandbox.nobody import NOBODY, as_nobody, missing

TASKS = 24
TOLD = f"[at most {TASKS} processes and threads at a time; more were refused]\n"
PROCESSES = """\
import subprocess, sys
live, refused = [], 0
for _ in range(80):
    try:
        live.append(subprocess.Popen(["sleep", "60"]))
    except BlockingIOError:
        refused += 1
print(len(live), refused)
"""
THREADS = """\
import threading, time
live, refused = 0, 0
for _ in range(80):
    try:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        live += 1
    except RuntimeError:
        refused += 1
print(live, refused)
"""
GENERATIONS = """\
import os, time
for _ in range(8):
    try:
        if os.fork() == 0:
            os.setsid()
    except BlockingIOError:
        pass
time.sleep(60)
"""
pytestmark = pytest.mark.skipif(bool(seccomp.note()), reason=seccomp.note())


def python(text: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", text)


def limited(*argv: str) -> subprocess.CompletedProcess[str]:
    """Run a command under the limit; its output ends when none of its processes is left."""
    return subprocess.run(
        quota.limited(argv, tasks=TASKS),
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


@pytest.mark.parametrize("text", [PROCESSES, THREADS], ids=["processes", "threads"])
def test_no_more_live_than_the_limit_and_all_are_gone_after(text: str) -> None:
    began = time.monotonic()
    done = limited(*python(text))
    assert (done.returncode, done.stdout) == (0, f"{TASKS - 1} {80 - TASKS + 1}\n")
    assert done.stderr == TOLD
    assert time.monotonic() - began < 30  # no child slept to its end


def test_one_after_another_is_no_crowd() -> None:
    done = limited("sh", "-c", f"for i in $(seq {4 * TASKS}); do /bin/true; done; echo on")
    assert (done.returncode, done.stdout, done.stderr) == (0, "on\n", "")


def test_what_doubles_again_and_again_stays_in_bounds() -> None:
    process = subprocess.Popen(
        quota.limited(python(GENERATIONS), tasks=TASKS), stderr=subprocess.PIPE, text=True
    )
    seen = []
    for _ in range(20):
        seen.append(len(kin.below(process.pid)))
        time.sleep(0.05)
    process.terminate()  # nothing can be made any more, so one round kills all
    for pid in kin.below(process.pid):
        os.kill(pid, signal.SIGKILL)
    _, words = process.communicate(timeout=20)
    assert TASKS // 2 < max(seen) <= 2 * TASKS
    assert words == TOLD


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("sh", "-c", "exit 3"), 3),
        (("sh", "-c", "kill -9 $$"), 137),
        (("/no/such",), 127),
    ],
    ids=["exit", "signal", "missing"],
)
def test_a_command_ends_as_it_would_alone(argv: tuple[str, ...], code: int) -> None:
    assert limited(*argv).returncode == code


def test_a_command_is_told_when_nobody_reads_on() -> None:
    done = limited("bash", "-c", "yes | head -n 1; echo ${PIPESTATUS[0]}")
    assert done.stdout == f"y\n{128 + signal.SIGPIPE}\n"


@pytest.mark.skipif(not landlock.available(), reason="this kernel has no Landlock")
def test_a_command_that_confines_itself_is_limited_and_confined(tmp_path: Path) -> None:
    (tmp_path / "canary").write_text("secret-4711")
    done = limited(*landlock.confined(python(PROCESSES), readable=(), writable=()))
    assert (done.stdout, done.stderr) == (f"{TASKS - 1} {80 - TASKS + 1}\n", TOLD)
    read = landlock.confined(("cat", str(tmp_path / "canary")), readable=(), writable=())
    refused = limited(*read)
    assert (refused.returncode, refused.stdout) == (1, "")
    lost = limited(*landlock.confined(("/no/such",), readable=(), writable=()))
    assert lost.returncode != 0
    assert lost.stderr == "/no/such cannot be started: No such file or directory\n"


def test_a_daemon_does_not_outlive_its_command() -> None:
    began = time.monotonic()
    done = limited("sh", "-c", "(env -i setsid sleep 60 &) ; echo begun")
    assert done.stdout == "begun\n"
    assert time.monotonic() - began < 30


def test_a_wider_limit_inside_changes_nothing() -> None:
    done = limited(*quota.limited(python(PROCESSES), tasks=10 * TASKS))
    live, refused = map(int, done.stdout.split())
    assert live < TASKS
    assert live + refused == 80


def test_nothing_is_made_once_nobody_answers(tmp_path: Path) -> None:
    wait = f"until test -e {tmp_path}/on; do :; done; /bin/true && touch {tmp_path}/made"
    process = subprocess.Popen(
        quota.limited(("sh", "-c", f"({wait}) & echo begun; wait"), tasks=TASKS),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.kill()
    (tmp_path / "on").touch()
    words, _ = process.communicate(timeout=20)
    assert "fork" in words
    assert not (tmp_path / "made").exists()


def test_nobody_is_limited_as_the_superuser_is(tmp_path: Path) -> None:
    if why := missing():
        pytest.skip(why)
    for way in (tmp_path, *tmp_path.parents[:-2]):
        way.chmod(0o755)
    (tmp_path / "mounts").mkdir()
    top = Path(runner.__file__).parents[1]
    who = f"import os; print(os.geteuid())\n{PROCESSES}"
    done = subprocess.run(
        as_nobody(
            quota.limited(python(who), tasks=TASKS), place=tmp_path / "mounts", needed=(top,)
        ),
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    if "unshare" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert (done.stdout, done.stderr) == (f"{NOBODY}\n{TASKS - 1} {80 - TASKS + 1}\n", TOLD)
