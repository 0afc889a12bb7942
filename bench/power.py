"""How far `git-loop power` is to be believed, and how long a notebook waits for rows.

Run with `python bench/power.py`; `--write` keeps the figures under `bench/results`. `seen`: looks
at the gain that is said to be seen with 80 % power, simulated through the gate's own rule. `noise`:
checks of known noise, estimated again and again: the mean estimate over the truth, and how often
the 95 % interval holds the truth. `rows`: `runner.api.rows` on a loop of 10,000 rows, and its
DataFrame. About a minute; fixed seeds, only the times differ.
"""

import json
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

from engine_clock import timed
from engine_ground import NAME, Ground, git_loop, grow, loop_ground
from figure import keep, options
from machine import machine

from runner.api import rows
from runner.core.score import CaseScore
from runner.gate.design import Spread, visible
from runner.gate.noise import noise_of
from runner.gate.simulate import Sight, share_seen

ALPHA = 0.05 / 3
SEED = 1
PARTS = ("seen", "noise", "rows")
ROWS = 10_000
SCRIPT = "import sys; from runner.api import rows; rows(sys.argv[1])"
COINS, PASSED = 3, 4  # cases of ten that are coins, and that always pass
SPREADS = {
    "0 and 1, no noise": Spread(change=0.2, noise=0.0),
    "0 and 1, 10 % flip": Spread(change=0.2, noise=0.05),
    "graded": Spread(change=0.01, noise=0.01, graded=True),
}
SIZES = ((30, 1), (60, 1), (60, 4), (200, 1), (200, 4), (800, 1))
GRADED_MOST = 100  # cases: a simulated sign-flip test of more takes a tenth of a second


def of_sight(looks: int) -> list[dict[str, object]]:
    """Simulate looks at the smallest gain that they are said to see four times of five."""
    found: list[dict[str, object]] = []
    for name, spread in SPREADS.items():
        for cases, reps in SIZES:
            gain = visible(cases, reps, spread=spread, alpha=ALPHA)
            if gain is None or (spread.graded and cases > GRADED_MOST):
                continue
            # of scores of 0 and 1 a gain turns at least as many cases
            real = spread if spread.graded else replace(spread, change=max(spread.change, gain))
            sight = Sight(cases=cases, reps=reps, spread=real, gain=gain, alpha=ALPHA)
            share = share_seen(sight, looks=looks, seed=SEED)
            row = {"scores": name, "cases": cases, "reps": reps, "mde": round(gain, 4)}
            found.append(row | {"seen": round(share, 3)})
    return found


Draw = Callable[[random.Random, int], float]


def coin(rng: random.Random, case: int) -> float:
    """Three cases in ten are coins, the rest is settled: noise of variance 0.075."""
    tenth = case % 10
    return float(rng.getrandbits(1)) if tenth < COINS else float(tenth < COINS + PASSED)


def graded(rng: random.Random, case: int) -> float:
    """Normal noise of variance 0.04 on cases of all levels."""
    return (case % 10) / 10 + rng.gauss(0, 0.2)


def of_noise(times: int) -> list[dict[str, object]]:
    """Estimate known noise from two runs, again and again."""
    rng = random.Random(SEED)
    return [
        _estimates(draw, truth, cases=cases, times=times, rng=rng)
        for draw, truth in ((coin, 0.075), (graded, 0.04))
        for cases in (50, 100, 400)
    ]


def _estimates(
    draw: Draw, truth: float, *, cases: int, times: int, rng: random.Random
) -> dict[str, object]:
    found = []
    for _ in range(times):
        runs = [
            [CaseScore(case=f"c{n}", metrics={"hit": draw(rng, n)}) for n in range(cases)]
            for _ in range(2)
        ]
        found.append(noise_of(runs, key="hit", direction="max", on_error=0).within)
    held = fmean(each.low <= truth <= each.high for each in found)
    ratio = fmean(each.value for each in found) / truth
    return {
        "noise": draw.__name__,
        "cases": cases,
        "mean_over_truth": round(ratio, 3),
        "interval_holds": round(held, 3),
    }


def of_rows(place: Path, runs: int = 7) -> dict[str, object]:
    """Read a long loop's rows as a notebook does.

    CPU is this process's own; that of a whole process has its imports and git's share as well.
    Less its start, the same process on a loop of two rows, it is what reading takes.
    """
    ground = loop_ground(place)
    start = _process(ground, runs)
    grow(ground, ROWS)
    wall, cpu, frame = [], [], []
    for _ in range(runs):
        began, worked = time.perf_counter(), time.process_time()
        table = rows(NAME, root=ground.folder)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
        began = time.perf_counter()
        table.frame()
        frame.append(time.perf_counter() - began)
    whole = _process(ground, runs)
    return {
        "rows": len(table),
        "process_cpu_s": round(whole, 3),
        "process_cpu_less_start_s": round(whole - start, 3),
        "wall_s": round(median(wall), 3),
        "wall_best_s": round(min(wall), 3),
        "cpu_s": round(median(cpu), 3),
        "frame_s": round(median(frame), 3),
    }


def _process(ground: Ground, runs: int) -> float:
    """Return the CPU seconds of a process that reads a loop's rows, git's included."""
    python = str(Path(git_loop()).with_name("python"))
    return median(timed(ground.command(python, "-c", SCRIPT, NAME)).cpu_s for _ in range(runs))


def main() -> None:
    """Measure, print, and keep the figures if asked."""
    parser = options(__doc__, parts=PARTS)
    parser.add_argument("--looks", type=int, default=1000, metavar="N", help="per design")
    parser.add_argument("--times", type=int, default=300, metavar="N", help="estimates per check")
    given = parser.parse_args()
    found: dict[str, Any] = {}
    for part in given.only or PARTS:
        at = machine("git-loop", "pydantic", "pandas")
        with tempfile.TemporaryDirectory(prefix="git-loop-bench-") as place:
            told = {
                "seen": lambda: of_sight(given.looks),
                "noise": lambda: of_noise(given.times),
                "rows": lambda place=place: of_rows(Path(place)),
            }[part]()
        found[part] = {"machine": at, "figures": told}
    if given.write:
        keep("power", found)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
