"""Makes side by side and crashes: whatever is killed, none is lost and none is made twice."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.beside_loop import (
    Notes,
    leave_made,
)

if TYPE_CHECKING:
    from tests.conftest import Workshop

ROOT = Path(__file__).parents[2]


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def running(shop: "Workshop", notes: Notes) -> bool:
    """Tell whether a process is left that was started for this workshop, its makers included."""
    signs = str(shop.home).encode(), f"NOTES={notes.folder}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            for told in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    if any(sign in (entry / told).read_bytes() for sign in signs):
                        return True
    return False


def begin(shop: "Workshop", *argv: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "runner.cli", "run", "toy", "--no-publish", *argv],
        cwd=shop.top,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT], ids=["killed", "^C"])
def test_of_two_makes_the_one_that_had_ended_is_not_made_again(
    workshop: "Workshop",
    queued: Callable[..., Notes],
    ending: signal.Signals,
) -> None:
    """The second waits for a note that comes after the whole run is gone."""
    notes = queued({"dev": 1}, {"dev": 5, "after": "x"}, meet=2)
    process = begin(workshop, "--iterations", "2", "--parallel", "2")
    until(lambda: bool(list(workshop.home.glob("*/beside/toy/000001-*/beside.json"))))
    until(lambda: "2-b.began" in notes())
    process.send_signal(ending)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if ending == signal.SIGINT else -9)
    assert "Traceback" not in err
    lock = next(workshop.home.glob("*/beside/toy/000002-*/lock"))
    assert lock.exists()
    until(lambda: not running(workshop, notes))
    (notes.folder / "0-x.ended.0").touch()
    workshop.run("--iterations", "2")
    assert [row["hypothesis"] for row in workshop.rows()] == [None, "a", "b"]
    assert workshop.verdicts() == ["baseline", "reject", "keep"]
    assert notes().count("1-a.began") == 1
    assert notes().count("2-b.began") == 2
    assert notes().count("2-b.ended") == 1


@pytest.mark.parametrize("point", ["checked", "pushed", "recorded"])
def test_a_run_killed_between_two_turns_goes_on_without_a_second_row(
    workshop: "Workshop",
    queued: Callable[..., Notes],
    point: str,
) -> None:
    notes = queued({"dev": 5}, {"dev": 6})
    leave_made(workshop, 2)
    killed = workshop.process("run", "toy", "--no-publish", LOOP_CRASH_AT=point)
    assert killed.code == -9
    workshop.run("--iterations", "2")
    assert [(row["number"], row["hypothesis"]) for row in workshop.rows()][:3] == [
        (0, None),
        (1, "a"),
        (2, "b"),
    ]
    assert workshop.verdicts()[:3] == ["baseline", "keep", "keep"]
    assert notes().count("1-a.began") == notes().count("2-b.began") == 1
    assert not list((workshop.place / "beside" / "toy").iterdir())
    logs = workshop.cli("logs", "toy", "1")
    assert logs.code == 0


def test_a_make_put_down_twice_is_one_row(
    workshop: "Workshop",
    queued: Callable[..., Notes],
) -> None:
    queued({"dev": 5}, {"dev": 6})
    leave_made(workshop, 2)
    workshop.commit({"note.txt": "new"})
    assert workshop.process("run", "toy", "--no-publish", LOOP_CRASH_AT="pushed").code == -9
    workshop.run()
    assert workshop.verdicts() == ["baseline", "superseded", "superseded", "keep"]


def test_what_waits_for_its_turn_is_not_collected_as_garbage(
    workshop: "Workshop",
    queued: Callable[..., Notes],
) -> None:
    queued({"dev": 5}, {"dev": 6})
    leave_made(workshop, 2)
    for _ in range(2):  # the first marks what is dead, the second would delete it
        assert workshop.cli("gc", "--older-than", "0").code == 0
    workshop.run("--iterations", "2")
    assert workshop.verdicts() == ["baseline", "keep", "keep"]


def test_makes_of_a_loop_that_looks_at_the_last_outcome_are_refused(workshop: "Workshop") -> None:
    spec = (workshop.top / "loops/toy.yaml").read_text()
    rule = "surface: [levels.json]\npropose: {kind: command, command: ['true']}\n"
    workshop.spec(spec + rule)
    refused = workshop.cli("run", "toy", "--parallel", "2")
    assert refused.code == 1
    assert refused.complaint == (
        "loop toy: propose.kind is command, which decides on the next edit when it has seen how "
        "the last one came out, so nothing can be made beside it; run it without --parallel, or "
        "list hypotheses for propose.kind queue"
    )
    assert workshop.git("for-each-ref", "refs/loops") == ""
