"""Finding the processes of a command."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.sandbox.tree import MARK, descendants, destroy, marked, sweep


@contextmanager
def shell(line: str, mark: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a marked shell in its own group, as `run` does."""
    environment = {"PATH": os.environ["PATH"], MARK: mark}
    argv = ["/bin/sh", "-c", line]
    process = subprocess.Popen(argv, env=environment, start_new_session=True)
    try:
        yield process
    finally:
        destroy(process.pid, mark=mark)
        process.wait()


def wait_for(pid: int, count: int) -> tuple[int, ...]:
    """Return the descendants once there are that many."""
    deadline = time.monotonic() + 10
    while len(found := descendants(pid)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def test_descendants_are_found_parents_first() -> None:
    with shell("sh -c 'sleep 60; :'; :", "one") as process:
        child, grandchild = wait_for(process.pid, 2)
        assert descendants(child) == (grandchild,)
        assert descendants(grandchild) == ()


def test_a_process_that_does_not_exist_has_none() -> None:
    assert descendants(2**22 + 1) == ()


def test_a_mark_is_found_whole_and_only_since() -> None:
    with shell("sleep 60; :", "mark-12") as process:
        wait_for(process.pid, 1)
        assert len(marked("mark-12", since=process.pid)) == 2
        assert marked("mark-1", since=process.pid) == ()
        assert process.pid not in marked("mark-12", since=process.pid + 1)


def test_a_later_id_than_any_given_out_means_that_the_counter_wrapped() -> None:
    with shell("sleep 60; :", "wrapped") as process:
        wait_for(process.pid, 1)
        assert process.pid in marked("wrapped", since=2**22)


def test_sweeping_leaves_other_trees_alone() -> None:
    with shell("sleep 60; :", "other") as other, shell("sleep 60; :", "mine") as mine:
        wait_for(other.pid, 1)
        wait_for(mine.pid, 1)
        sweep(mine.pid, mark="mine")
        assert mine.wait(5) == -9
        assert marked("mine", since=mine.pid) == ()
        assert len(marked("other", since=other.pid)) == 2
        assert other.poll() is None


def test_a_process_that_left_its_group_and_cleared_its_mark_is_still_below_its_parent() -> None:
    with shell("env -i setsid sh -c 'sleep 60; :' & wait", "left") as process:
        found = wait_for(process.pid, 2)
        destroy(process.pid, mark="left")
        deadline = time.monotonic() + 5
        while any(_runs(pid) for pid in found):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def _runs(pid: int) -> bool:
    """Tell whether a process is neither gone nor waiting to be reaped."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] != b"Z"
