"""What a monitor promises, by simulation, what a check leaves in git, and two loops side by side.

Run with `python bench/monitor.py`, or a part of it with `--only`; `--write` keeps the figures under
`bench/results`. Fixed seeds: shares are the same in every run, times are not.

    alarms  years of weekly checks at the default level: false alarms, and how soon a drop is seen
    rows    bytes that a year of weekly checks of 200 cases adds to the clone
    beside  two loops whose makes sleep, one after another and in two work trees at once
"""

import json
import os
import subprocess
import tempfile
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine_ground import Ground, git_loop, loop_ground
from figure import keep, options
from machine import machine

from runner.cli.progress import SilentProgress
from runner.gate.simulate_watch import Watching, years
from runner.gate.watch import level_of
from runner.spec.model import Spec
from runner.wiring import work
from runner.wiring.clock import SystemClock
from runner.wiring.forge import site
from runner.wiring.house import enter

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = 1
DEFAULT = {"version": 1, "loop": "eyes", "make": "none", "check": {"command": ["x"]}}
LEVEL = level_of(Spec.model_validate(DEFAULT))
WATCHED = (
    Watching(world="sampled", cases=200, level=LEVEL),
    Watching(world="sampled", cases=200, reps=4, level=LEVEL),
    Watching(world="sampled", cases=500, level=LEVEL),
    Watching(world="sampled", cases=500, reps=4, level=LEVEL),
    Watching(world="greedy", cases=200, level=LEVEL),
    Watching(world="greedy", cases=500, level=LEVEL),
    Watching(world="redrawn", cases=200, level=LEVEL),
    Watching(world="redrawn", cases=500, level=LEVEL),
)
DROP = 0.05
SLEEP_S, ROUNDS = 3, 3
ROWS = {"noop": 5, "twin": 4}  # two of each are timed, those before are not
COSTLY = 500  # answers of a check, from which on fewer years are simulated
EYES = """\
version: 1
loop: eyes
make: none
check: {command: [python3, -S, -E, ask.py]}
gate: {min_delta: 0.02}
"""
ASK = """\
import json, os, random
chance = random.Random(os.environ["LOOP_SEED"])
with open(os.environ["LOOP_OUT"], "w") as out:
    for n in range(200):
        score = int(chance.random() < 0.7)
        out.write(json.dumps({"case": f"case-{n:04d}", "score": score}) + "\\n")
"""


def alarms(count: int) -> dict[str, Any]:
    """Simulate years in which nothing changes, and a fifth as many with a drop of 5 points."""
    rows = []
    for watching in WATCHED:
        calm = years(
            watching,
            count=count if watching.cases * watching.reps < COSTLY else count // 4,
            seed=SEED,
        )
        seen = years(replace(watching, drop=DROP), count=count // 5, seed=SEED)
        told = {"world": watching.world, "cases": watching.cases, "reps": watching.reps}
        rows.append(told | {"false_alarms": calm.alarmed, "drop": asdict(seen)})
    return {"level": LEVEL, "checks": 52, "years": count, "drop_points": DROP, "rows": rows}


class _Weekly(SystemClock):
    """A clock that a week moves on at each check."""

    at = datetime(2026, 1, 5, 4, 17, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the wall time of this week's check."""
        return self.at


def rows(place: Path, checks: int) -> dict[str, Any]:
    """Check a model that answers by chance week after week, and weigh what that adds."""
    ground = loop_ground(_made(place / "rows"))
    (ground.folder / "loops/eyes.yaml").write_text(EYES)
    (ground.folder / "ask.py").write_text(ASK)
    ground.git("add", "--all")
    ground.git("commit", "--quiet", "--message", "a monitor")
    clock = _Weekly()
    os.environ.update(ground.environment)
    house = enter(ground.folder)
    house = replace(
        house,
        clock=clock,
        site=site(house.environment, house.repo, home=house.home, clock=clock),
    )
    before = _packed(ground)
    for _ in range(checks):
        clock.at += timedelta(days=7)
        with work.work_on(house, "eyes", progress=SilentProgress(), publish=False) as bench:
            list(work.run(bench, iterations=1))
    folder = "refs/loops/eyes:state/eyes/it/0000"
    sizes = [int(line.split()[3]) for line in ground.git("ls-tree", "-l", folder).splitlines()]
    return {
        "checks": checks,
        "bytes_in_pack": _packed(ground) - before,
        "bytes_of_files_per_check": round(sum(sizes) / checks),
    }


def _packed(ground: Ground) -> int:
    ground.git("gc", "--quiet", "--prune=now")
    told = dict(line.split(": ") for line in ground.git("count-objects", "-v").splitlines())
    return int(told["size-pack"]) * 1024


def beside(place: Path) -> dict[str, Any]:
    """Run two loops of sleeping makes, one after another and beside each other, in turns."""
    found: dict[str, list[float]] = {"after_s": [], "beside_s": []}
    rows_lost = 0
    for number in range(ROUNDS):
        for name, works in (("after_s", _after), ("beside_s", _beside)):
            ground = _two(place / f"{name}-{number}")
            began = time.perf_counter()
            works(ground)
            found[name].append(round(time.perf_counter() - began, 2))
            rows_lost += sum(count - _rows(ground, loop) for loop, count in ROWS.items())
    best = {name: min(times) for name, times in found.items()}
    faster = round(best["after_s"] / best["beside_s"], 2)
    return {"sleep_s": SLEEP_S, "iterations": 2, **found, "faster": faster, "rows_lost": rows_lost}


def _rows(ground: Ground, loop: str) -> int:
    folder = f"refs/loops/{loop}:state/{loop}/it/0000"
    names = ground.git("ls-tree", "--name-only", folder).splitlines()
    return sum(name.endswith(".json") for name in names)


def _two(place: Path) -> Ground:
    """Make a repository with two loops that have a baseline, and a second work tree."""
    ground = loop_ground(_made(place))
    spec = (ground.folder / "loops/noop.yaml").read_text()
    (ground.folder / "loops/twin.yaml").write_text(spec.replace("loop: noop", "loop: twin"))
    ground.git("add", "--all")
    ground.git("commit", "--quiet", "--message", "a twin")
    subprocess.run(
        [git_loop(), "run", "twin"],
        cwd=ground.folder,
        env=ground.environment,
        check=True,
        capture_output=True,
    )
    make = ground.folder / "make.sh"
    make.write_text(f"sleep {SLEEP_S}\n" + make.read_text())
    ground.git("commit", "--quiet", "--all", "--message", "makes that sleep")
    ground.git("worktree", "add", "--quiet", "--detach", str(ground.folder.parent / "second"))
    return ground


def _after(ground: Ground) -> None:
    for loop in ("noop", "twin"):
        assert _started(ground, ground.folder, loop).wait() == 0


def _beside(ground: Ground) -> None:
    second = ground.folder.parent / "second"
    both = [_started(ground, ground.folder, "noop"), _started(ground, second, "twin")]
    assert [each.wait() for each in both] == [0, 0]


def _started(ground: Ground, place: Path, loop: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [git_loop(), "run", loop, "--iterations", "2"],
        cwd=place,
        env=ground.environment,
        stdout=subprocess.DEVNULL,
    )


def _made(place: Path) -> Path:
    place.mkdir(parents=True)
    return place


def main() -> None:
    """Measure, print, and keep the figures if asked."""
    parser = options(__doc__, parts=("alarms", "rows", "beside"))
    parser.add_argument("--years", type=int, default=1000)
    parser.add_argument("--checks", type=int, default=52)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="monitor-") as folder:
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "alarms": lambda: alarms(given.years),
            "rows": lambda: rows(Path(folder), given.checks),
            "beside": lambda: beside(Path(folder)),
        }
        for name in given.only or parts:
            place = machine("pydantic")
            found = {name: {"machine": place, **parts[name]()}}
            print(json.dumps(found, indent=1), flush=True)
            if given.write:
                keep("monitor", found)


if __name__ == "__main__":
    main()
