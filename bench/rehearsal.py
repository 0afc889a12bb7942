"""What a repository with a firm's number of loops, or a very long loop, costs, and how it grows.

Run with `python bench/rehearsal.py`; `--write` keeps the figures under `bench/results`, `--quick`
measures small sizes in less than 40 s. `loops` makes repositories of 10, 100 and 1,000 loops with
10 rows each, every campaign merged once; `rows` makes one loop of 10, 1,000 and 10,000 rows, by the
engine's own fold, commits, push and store. Each then costs: git-loop's verbs and git's own as whole
processes (wall time, CPU time, peak memory), refs, objects and bytes. An exponent is that of the
last step of sizes: 1 grows in step, 2 with the square. `ahead` is where a straight line through the
last two sizes comes to, at a hundred times the largest. `requests` counts what an iteration asks of
a forge. About ten minutes, in memory where there is some for files: git makes sure of every write.
"""

import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from figure import keep, measured, options
from rehearsal_ground import all_names, discard, repository
from rehearsal_measure import costs, row_left, sizes
from rehearsal_requests import requests

LOOPS, ROWS = (10, 100, 1_000), (10, 1_000, 10_000)
QUICK_LOOPS, QUICK_ROWS = (3, 12), (10, 60)
EACH = 10
"""Rows of each of many loops."""
AHEAD = 100
_MEMORY = "/dev/shm"
Figures = dict[str, Any]


def of_loops(place: Path, counts: tuple[int, ...], runs: int) -> Figures:
    """Measure repositories of more and more loops."""
    return _grown(
        place,
        counts,
        lambda folder, count: repository(folder, count=count, rows=EACH, merged=True),
        runs,
    )


def of_rows(place: Path, counts: tuple[int, ...], runs: int) -> Figures:
    """Measure one loop of more and more rows."""
    return _grown(
        place,
        counts,
        lambda folder, count: repository(folder, count=1, rows=count, merged=False),
        runs,
    )


def of_requests(place: Path) -> Figures:
    """Count what iterations ask of a forge: the first opens a pull request, the others edit it."""
    ground = repository(place / "asked", count=2, rows=EACH, merged=True)
    return {"iterations": requests(ground, all_names(ground)[0], runs=3)}


def _grown(
    place: Path, counts: tuple[int, ...], made: Callable[[Path, int], Any], runs: int
) -> Figures:
    taken, held, left = {}, {}, {}
    for count in counts:
        ground = made(place / str(count), count)
        held[count] = sizes(ground)
        left[count] = row_left(ground)
        taken[count] = costs(ground, runs=runs)
        discard(ground)
    return {"costs": taken, "sizes": held, "a_row_leaves": left, "growth": growth(taken, held)}


def growth(taken: Mapping[int, Any], held: Mapping[int, Any]) -> Figures:
    """Say of each figure how it grows in the last step of sizes, and where that leads."""
    less, more = sorted(taken)[-2:]
    found: Figures = {}
    for name in taken[more]:
        for key in taken[more][name]:
            pair = taken[less][name][key], taken[more][name][key]
            found.setdefault(name, {})[key] = _line((less, more), pair)
    for name in held[more]:
        found[name] = _line((less, more), (held[less][name], held[more][name]))
    return found


def _line(sizes_: tuple[int, int], costs_: tuple[float, float]) -> dict[str, float]:
    (less, more), (low, high) = sizes_, costs_
    slope = (high - low) / (more - less)
    ahead = AHEAD * more
    return {
        "exponent": round(math.log(high / low) / math.log(more / less), 2) if low and high else 0.0,
        "each": slope,
        "ahead": round(max(high, high + slope * (ahead - more)), 1),
    }


def main() -> None:
    """Measure, print, and keep the figures if asked."""
    parser = options(__doc__, parts=("loops", "rows", "requests"))
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="times that count")
    given = parser.parse_args()
    runs = 1 if given.quick else given.runs
    parts: dict[str, Callable[[Path], Figures]] = {
        "loops": lambda place: of_loops(place, QUICK_LOOPS if given.quick else LOOPS, runs),
        "rows": lambda place: of_rows(place, QUICK_ROWS if given.quick else ROWS, runs),
        "requests": of_requests,
    }
    memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    for part in given.only or parts:
        with tempfile.TemporaryDirectory(prefix="git-loop-bench-", dir=memory) as name:
            found = {part: measured(lambda p=part, n=name: parts[p](Path(n)), "git-loop")}
        print(json.dumps(found, indent=1))
        if given.write:
            keep("rehearsal", found)


if __name__ == "__main__":
    main()
