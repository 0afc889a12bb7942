"""A run that was stopped goes on at the first missing receipt."""

import fcntl
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Workshop

TRIP = """\
version: 1
loop: toy
make: {command: [python3, -S, -E, train.py], env: [COUNT, TRIP], minutes: 1}
check: {command: [python3, -S, -E, trip.py], env: [TRIP], minutes: 1}
"""
TRIPPING = """\
import os, signal, time
if os.path.exists(os.environ["TRIP"]):
    time.sleep(0.3)  # until whoever started this knows of it
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(20)
exec(open("eval.py").read())
"""
PREEMPTED = """\
import json, os, sys
ckpt = os.path.join(os.environ["LOOP_CKPT"], "steps")
steps = int(open(ckpt).read()) if os.path.exists(ckpt) else 0
open(ckpt, "w").write(str(steps + 1))
with open(os.environ["COUNT"], "a") as count:
    count.write(f"from step {steps}\\n")
if steps < 2:
    sys.exit(75)
with open(os.path.join(os.environ["LOOP_OUT"], "model.json"), "w") as out:
    json.dump({"level": 3}, out)
"""


def tripwire(shop: "Workshop") -> Path:
    """Make the checker press ^C for as long as a file is there."""
    trip = shop.top.parent / "trip"
    shop.monkeypatch.setenv("TRIP", str(trip))
    shop.commit({"loops/toy.yaml": TRIP, "trip.py": TRIPPING, "levels.json": "[3, 12]"})
    return trip


def vaults() -> set[Path]:
    return set(Path("/dev/shm").glob("git-loop-vault-*"))


def in_use(vault: Path) -> bool:
    """Tell whether a run somewhere on this machine holds the vault."""
    try:
        lock = os.open(vault, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def test_an_interrupted_check_resumes_without_making_again(workshop: "Workshop") -> None:
    trip = tripwire(workshop)
    trip.touch()
    stopped = workshop.cli("run", "toy", "--no-publish")
    assert stopped.code == 130
    assert stopped.err.splitlines()[-1] == (
        "git-loop: interrupted; run the same command again to go on"
    )
    assert workshop.made() == ["make 0"]
    assert sorted(p.name for p in workshop.runs()[0].glob("*.json")) == ["make.json", "plan.json"]
    trip.unlink()
    workshop.run()
    assert workshop.made() == ["make 0", "make 1"]
    assert workshop.verdicts() == ["baseline", "accept"]


def test_an_interrupt_leaves_no_held_out_case_behind(workshop: "Workshop") -> None:
    trip = tripwire(workshop)
    trip.touch()
    before = vaults()
    workshop.cli("run", "toy", "--no-publish")
    assert [left for left in vaults() - before if not in_use(left)] == []


def test_new_code_begins_the_run_anew(workshop: "Workshop") -> None:
    trip = tripwire(workshop)
    trip.touch()
    workshop.cli("run", "toy", "--no-publish")
    trip.unlink()
    workshop.levels(4, 12)
    workshop.run()
    assert workshop.made() == ["make 0", "make 0", "make 1"]
    assert workshop.rows()[0]["heldout"]["score"]["candidate"] == 0.333333
    assert workshop.rows()[0]["code"] == workshop.git("rev-parse", "HEAD")


def test_a_preempted_maker_leaves_no_row_and_goes_on_from_its_checkpoint(
    workshop: "Workshop",
) -> None:
    workshop.commit({"train.py": PREEMPTED})
    for _ in range(2):
        left = workshop.cli("run", "toy", "--no-publish")
        assert left.code == 1
        assert left.complaint == "maker: preempted (exit 75); run again to resume"
    assert workshop.git("for-each-ref", "refs/loops") == ""
    last = workshop.cli("run", "toy", "--no-publish").err.splitlines()
    assert workshop.made()[:3] == ["from step 0", "from step 1", "from step 2"]
    note = "make    finds the checkpoint of an interrupted run"
    assert [number for number, line in enumerate(last) if line == note] == [0]
    assert workshop.verdicts()[0] == "baseline"


def test_a_row_that_was_pushed_is_not_recorded_twice(workshop: "Workshop") -> None:
    """The receipt of record is lost, as a crash between push and receipt leaves it."""
    workshop.levels(3, 12)
    workshop.run()
    before = workshop.git("rev-parse", workshop.authority)
    folder = workshop.runs()[-1]
    assert json.loads((folder / "plan.json").read_text())["number"] == 1
    (folder / "record.json").unlink()
    done = workshop.cli("stage", "record", "--run", str(folder))
    assert done.code == 0, done.err
    assert workshop.git("rev-parse", workshop.authority) == before
    assert (folder / "record.json").exists()


def test_a_killed_run_frees_its_lock_and_the_next_one_clears_up_and_resumes(
    workshop: "Workshop",
) -> None:
    trip = tripwire(workshop)
    workshop.commit({"trip.py": TRIPPING.replace("SIGINT", "SIGKILL")})
    trip.touch()
    before = vaults()
    killed = workshop.process("run", "toy", "--no-publish")
    assert killed.code == -9
    trip.unlink()
    left = {vault for vault in vaults() - before if not in_use(vault)}
    for vault in left:
        os.utime(vault, (0, 0))
    workshop.run()
    assert not left & vaults()
    assert workshop.made() == ["make 0", "make 1"]


def test_a_damaged_receipt_is_named_and_nothing_is_lost(workshop: "Workshop") -> None:
    trip = tripwire(workshop)
    trip.touch()
    workshop.cli("run", "toy", "--no-publish")
    trip.unlink()
    receipt = workshop.runs()[0] / "make.json"
    receipt.write_bytes(os.urandom(64))
    refused = workshop.cli("run", "toy", "--no-publish")
    assert refused.code == 1
    assert refused.complaint.startswith(f"{receipt}: ")
    assert refused.complaint.endswith("; delete the run directory to start afresh")
    assert workshop.git("for-each-ref", "refs/loops") == ""
