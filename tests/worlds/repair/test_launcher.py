"""A launcher that stays: it ends with whoever started it, and one that has ended is replaced."""

import contextlib
import os
import time
from pathlib import Path

import pytest

from runner.sandbox import seccomp
from runner.worlds.error import WorldError
from runner.worlds.repair import launch, launcher
from runner.worlds.repair.bug import Bug
from runner.worlds.repair.examine import Case, Limit, examine, examine_warm
from runner.worlds.repair.grade import grade
from runner.worlds.repair.launcher import Launcher, kept


def commands() -> set[bytes]:
    """Return what runs on this machine, each with its arguments."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.add(file.read_bytes())
    return found


def job(place: Path, text: str, limit_s: float = 10.0) -> launch.Job:
    """Return a job with one test, in folders of its own."""
    for name in ("work", "judge", "home"):
        (place / name).mkdir(parents=True)
    (place / "judge" / "test_it.py").write_text(text)
    return launch.Job(
        work=str(place / "work"),
        judge=str(place / "judge"),
        home=str(place / "home"),
        report=str(place / "report"),
        log=str(place / "log"),
        roots=(),
        files=("test_it.py",),
        limit_s=limit_s,
    )


def test_a_launcher_without_jobs_ends_at_once(tmp_path: Path) -> None:
    idle = Launcher()
    began = time.monotonic()
    idle.close()
    assert time.monotonic() - began < 4
    assert not idle.alive
    idle.close()
    idle.run([job(tmp_path, "")])
    assert not (tmp_path / "report").exists()


def test_a_job_finds_no_way_to_other_jobs(tmp_path: Path) -> None:
    look = (
        "import os\n"
        "def test_pipes():\n"
        "    kinds = []\n"
        "    for fd in range(3, 300):\n"
        "        try:\n"
        "            os.read(fd, 0)\n"
        "            kinds.append(fd)\n"
        "        except OSError:\n"
        "            pass\n"
        "    names = [os.readlink(f'/proc/self/fd/{fd}') for fd in kinds]\n"
        "    assert not [name for name in names if name.endswith('plan')]\n"
    )
    with Launcher() as started:
        started.run([job(tmp_path / "a", look), job(tmp_path / "b", look)])
    for name in ("a", "b"):
        assert '"test_it.py::test_pipes": true' in (tmp_path / name / "report").read_text()


@pytest.mark.skipif(bool(seccomp.note()), reason=seccomp.note())
def test_a_job_has_so_many_processes_and_they_go_with_it(tmp_path: Path) -> None:
    own = f"60.{os.getpid()}"  # no other run of this test sleeps as long
    crowd = (
        "import subprocess\n"
        "def test_crowd():\n"
        "    live, refused = 0, 0\n"
        "    for _ in range(300):\n"
        "        try:\n"
        f"            subprocess.Popen(['/bin/sleep', '{own}'])\n"
        "            live += 1\n"
        "        except BlockingIOError:\n"
        "            refused += 1\n"
        "    assert (live, refused) == (127, 173)\n"
    )
    turns = (
        "import os\n"
        "def test_turns():\n"
        "    for _ in range(200):\n"
        "        if not os.fork():\n"
        "            if not os.fork():\n"  # an orphan, which nobody but the launcher can bury
        "                os._exit(0)\n"
        "            os._exit(0)\n"
        "        os.wait()\n"
    )
    with Launcher() as started:
        started.run([job(tmp_path / "a", crowd, 30.0), job(tmp_path / "b", turns, 30.0)])
    assert '"test_it.py::test_crowd": true' in (tmp_path / "a" / "report").read_text()
    assert '"test_it.py::test_turns": true' in (tmp_path / "b" / "report").read_text()
    assert f"/bin/sleep\0{own}\0".encode() not in commands()


def test_a_missing_pytest_is_told(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "_RUNNER", "no_such_pytest")
    with pytest.raises(WorldError, match="by no_such_pytest, which is not installed"):
        examine([Case(bug, bug.patch)])


def test_a_launcher_is_kept_until_it_ends(bug: Bug) -> None:
    first = kept()
    assert grade(bug, bug.patch).outcome == "graded"
    assert kept() is first
    first.close()
    assert grade(bug, bug.patch).outcome == "graded"
    assert kept() is not first


def test_a_kept_launcher_forgets_what_a_job_did(bug: Bug) -> None:
    head = "+    def test_first(self, tmp_path):\n"
    spoil = "+        import os, sums; os.environ.clear(); sums.left = 1; os.chdir('/')\n"
    spoilt = bug.test_patch.replace(head, head + spoil).replace("+1,13 @@", "+1,14 @@")
    other = bug.model_copy(update={"test_patch": spoilt})
    assert spoilt.count("+1,14 @@") == 1
    assert all(examine_warm(Case(other, bug.patch)).tests.values())
    assert examine_warm(Case(bug, bug.patch)).tests == examine([Case(bug, bug.patch)])[0].tests


@pytest.mark.slow
def test_a_job_that_hangs_does_not_keep_the_next_from_its_time(bug: Bug) -> None:
    hang = bug.patch.replace("+    return total / len(values)", "+    while True: pass")
    assert examine_warm(Case(bug, hang), limit_s=1.0).outcome == "timeout"
    assert examine_warm(Case(bug, bug.patch)).outcome == "graded"


@pytest.mark.slow
def test_a_job_is_judged_by_its_work_and_not_by_how_long_a_busy_machine_takes(bug: Bug) -> None:
    hang = "exec('while True: pass')"
    bodies = (
        "import time; time.sleep(0.6); return total / len(values)",
        hang,
        f"import os; os.fork() and os.wait(); {hang}",
    )
    line = "+    return total / len(values)"
    cases = [Case(bug, bug.patch.replace(line, f"+    {body}")) for body in bodies]
    found = examine(cases, processes=1, limit=Limit(wall_s=60.0, cpu_s=0.5))
    assert [each.outcome for each in found] == ["graded", "timeout", "timeout"]
    assert all(each.seconds > 0.5 for each in found)


def test_a_job_that_waits_for_ever_has_its_wall_time_alone(bug: Bug) -> None:
    wait = bug.patch.replace("+    return total / len(values)", "+    import time; time.sleep(60)")
    began = time.monotonic()
    (found,) = examine([Case(bug, wait)], limit=Limit(wall_s=1.0, cpu_s=0.5))
    assert found.outcome == "timeout"
    assert 1.0 <= time.monotonic() - began < 30
