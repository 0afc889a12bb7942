"""Pieces of work in processes of their own: order, bounds, faults, and the sandbox."""

import os
import sys
from pathlib import Path

import pytest

from runner.fanout.errors import FanoutError
from runner.fanout.pool import fan_out
from runner.sandbox.command import Command
from runner.sandbox.mechanism import detect
from runner.sandbox.run import run
from tests.fanout import work


def named(*numbers: int) -> dict[str, int]:
    return {f"piece-{number}": number for number in numbers}


def test_results_come_in_the_order_of_the_items_however_long_each_took() -> None:
    assert list(fan_out(work.slow_first, named(0, 1, 2), processes=3).items()) == [
        ("piece-0", 0),
        ("piece-1", 1),
        ("piece-2", 2),
    ]


def test_work_runs_in_other_processes_and_never_in_more_than_asked_for() -> None:
    found = set(fan_out(work.where, named(*range(6)), processes=2).values())
    assert os.getpid() not in found
    assert 1 <= len(found) <= 2


def test_each_process_has_one_thread() -> None:
    assert fan_out(work.threads, named(0), processes=4) == {"piece-0": "1"}


def test_no_work_starts_no_process() -> None:
    assert fan_out(work.double, {}, processes=2) == {}


def test_an_exception_is_told_by_the_name_of_its_piece() -> None:
    with pytest.raises(FanoutError, match=r"^piece-1: OddError: 1 is not 2$"):
        fan_out(work.fail, named(0, 1, 2), processes=2)


def test_a_process_that_dies_is_told_with_the_pieces_that_were_not_done() -> None:
    with pytest.raises(FanoutError, match=r"^a process died before .*piece-1.* was done: it was"):
        fan_out(work.die, named(0, 1), processes=2)


PROGRAM = """\
import sys
sys.path.insert(0, "FOLDER")
import work
from runner.fanout.pool import fan_out
print(list(fan_out(work.double, {"a": 1, "b": 2, "c": 3}, processes=2).values()))
"""


@pytest.mark.slow
def test_it_works_inside_the_sandbox(tmp_path: Path) -> None:
    mechanism = detect(os.environ)
    if mechanism.name != "bwrap":
        pytest.skip(mechanism.reason)
    here = Path(__file__).parent
    finished = run(
        Command(
            argv=(sys.executable, "-c", PROGRAM.replace("FOLDER", str(here))),
            cwd=tmp_path,
            log=tmp_path / "log",
            env={"PYTHONPATH": str(here.parents[1])},
            readable=(here.parents[1] / "runner", here),
            writable=(tmp_path,),
            timeout_s=60,
        ),
        mechanism=mechanism,
    )
    assert (finished.returncode, finished.log_tail.strip()) == (0, "[2, 4, 6]")
