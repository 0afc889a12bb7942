"""Several machines run and publish one loop at once; nothing is lost and one pull request stays."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop

Site = Any  # the fixtures' classes live in conftest.py, which is not imported
ROOT = Path(__file__).parents[2]


TRIES = count()


def begin(site: Site, shop: "Workshop", level: int) -> "subprocess.Popen[str]":
    """Start a run of the loop in a process of its own, with a text that nobody tried before."""
    level_file = shop.top.parent / "next"
    level_file.write_text(f"{level}\ntry {next(TRIES)}\n")
    environ = {**site.environ, "LOOP_HOME": str(shop.home), "NEXT": str(level_file)}
    return subprocess.Popen(
        [sys.executable, "-m", "runner.cli", "run", "toy"],
        cwd=shop.top,
        env={**os.environ, **environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> str:
    """Wait for a run and return what it said."""
    try:
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0, err
    return out


@pytest.mark.slow
@pytest.mark.soak
def test_of_several_machines_at_once_none_loses_a_row_a_look_or_a_dollar(
    opened: Callable[[], Site], propose: Callable[[object], None], soak: int
) -> None:
    """Each round 4 to 6 clones start together; whoever pushes second is superseded."""
    site = opened()
    clones = [site.clone() for _ in range(4 if soak == 1 else 6)]
    propose(20)
    assert site.run(clones[0], "run", "toy").code == 0
    rounds, superseded, began = 3 if soak == 1 else 5 * soak, 0, time.monotonic()
    processes = 0
    for number in range(rounds):
        before = site.remote.rows()
        racing = clones[: 4 + number % 3]
        runs = [begin(site, clone, 10 + (number + n) % 10) for n, clone in enumerate(racing)]
        told = [ended(run) for run in runs]
        processes += len(racing)
        site.remote.at_rest(site.shop.top)
        rows = site.remote.audit(site.shop.top)
        new = rows[len(before) :]
        assert rows[: len(before)] == before
        assert len(new) == len(racing), told
        assert len(site.remote.desk.pulls()) == 1
        assert all(row.look.spent and row.cost.usd > 0 for row in new)
        superseded += sum(row.verdict == "superseded" for row in new)
    assert site.remote.head().looks == {rows[0].eval.heldout: len(rows) - 1}
    assert superseded > 0
    sys.stderr.write(
        f"\n{rounds} rounds, {processes} processes: {len(rows)} rows, {superseded} superseded, "
        f"0 lost, {time.monotonic() - began:.0f} s\n"
    )


@pytest.mark.slow
def test_the_first_row_of_all_is_raced_for_too(
    opened: Callable[[], Site], propose: Callable[[object], None]
) -> None:
    site = opened()
    runs = [begin(site, site.clone(), 20) for _ in range(4)]
    for run in runs:
        ended(run)
    site.remote.at_rest(site.shop.top)
    rows = site.remote.audit(site.shop.top)
    assert [row.number for row in rows if row.verdict == "baseline"] == [0]
    assert len({row.run for row in rows}) < len(rows)
    assert len(site.remote.desk.pulls()) == 1


def test_on_one_machine_the_second_run_says_that_the_first_is_at_work(
    opened: Callable[[], Site], propose: Callable[[object], None]
) -> None:
    site = opened()
    clone = site.clone()
    propose(20)
    assert site.run(clone, "run", "toy").code == 0
    fifo = clone.top.parent / "next"
    os.mkfifo(fifo)
    environ = {**site.environ, "LOOP_HOME": str(clone.home), "NEXT": str(fifo)}
    first = subprocess.Popen(
        [sys.executable, "-m", "runner.cli", "run", "toy"],
        cwd=clone.top,
        env={**os.environ, **environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with fifo.open("w") as level:  # opens once the first run's proposer reads
        second = site.run(clone, "run", "toy")
        level.write("30\n")
    assert second.code == 1
    assert second.complaint == (
        f"another run of loop toy is at work on this machine (process {first.pid}); "
        "wait for it or stop it"
    )
    assert "toy 2 reject" in ended(first)
    assert len(site.remote.rows()) == 3
