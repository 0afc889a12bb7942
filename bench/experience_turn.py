"""What one turn is worth: a baseline and one iteration of a shipped loop, for several seeds.

Held-out scores are those of the rows, so they are there only where the gate let them out.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from experience_clone import FailedError, cloned

METRICS = (
    "partial",
    "strict",
    "pass_at_k",
    "greedy_partial",
    "greedy_strict",
    "guard_break_rate",
    "greedy_guard_break_rate",
    "partial@seen",
    "partial@unseen",
)
LEAST_RATIO = 2.5
Row = dict[str, Any]


def turns(source: Path, loop: str, *, seeds: Sequence[int], most_s: float) -> dict[str, Any]:
    """Run a loop's baseline and first iteration, each seed in a clone of its own.

    Args:
        source: The checkout.
        loop: Its name.
        seeds: Of the loop.
        most_s: Wall seconds that baseline and iteration may take together.
    """
    found = [_turn(source, loop, seed) for seed in seeds]
    names = ("before", "after", "ratio", "wall_s", "iteration_wall_s", "cpu_s")
    medians = {name: _median(each.get(name) for each in found) for name in names}
    bars = {
        "ratio": (medians["ratio"] or 0.0) >= LEAST_RATIO,
        "interval_excludes_0": all(each.get("low", 0.0) > 0 for each in found),
        "guards_hold": all(each.get("guards_hold", False) for each in found),
        "wall_s": medians["wall_s"] is not None and medians["wall_s"] <= most_s,
    }
    return {
        "loop": loop,
        "seeds": list(seeds),
        "median": medians,
        "each": found,
        "bar": {
            "ratio": LEAST_RATIO,
            "interval_excludes_0": True,
            "guards_hold": True,
            "wall_s": most_s,
        },
        "holds": bars,
    }


def _turn(source: Path, loop: str, seed: int) -> dict[str, Any]:
    with cloned(source) as clone:
        try:
            clone.seeded(loop, seed)
            ran = clone.loop("run", loop, "--no-publish")
            rows = [clone.loop("show", loop, str(n)).found for n in range(_rows(ran.found))]
        except FailedError as err:
            return {"seed": seed, "error": str(err)}
    seconds = {"wall_s": round(ran.wall_s, 1), "cpu_s": round(ran.cpu_s, 1)}
    return {"seed": seed, **seconds, **_told(rows)}


def _rows(found: Sequence[dict[str, Any]]) -> int:
    return sum("row" in each for each in found)


def _told(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what the rows say of the last one, beside the baseline."""
    first, last = rows[0], rows[-1]
    gate = last["gate"] or {}
    claimed = (last["heldout"] or {}) if last["number"] else {}
    before, after = _claimed(first["heldout"] or {}), _claimed(claimed)
    interval = gate.get("interval")
    return {
        "verdicts": [row["verdict"] for row in rows],
        "reason": last["reason"],
        "before": before.get("partial"),
        "after": after.get("partial"),
        "ratio": _ratio(before.get("partial"), after.get("partial")),
        "d": gate.get("d"),
        "interval": interval,
        "low": interval[0] if interval else 0.0,
        "p": gate.get("p"),
        "guards": gate.get("guards", {}),
        "guards_hold": bool(gate) and set(gate["guards"].values()) <= {"holds"},
        "heldout_before": before,
        "heldout_after": after,
        "dev": {name: last["dev"].get(name) for name in METRICS if name in last["dev"]},
        "controls": {name: each.get("partial") for name, each in (last["controls"] or {}).items()},
        "figures": last["figures"],
        "row_wall_s": [row["cost"]["wall_s"] for row in rows],
        "iteration_wall_s": _between(last["started"], last["finished"]),
    }


def _claimed(heldout: dict[str, Any]) -> dict[str, float]:
    return {name: round(heldout[name]["candidate"], 4) for name in METRICS if name in heldout}


def _ratio(before: float | None, after: float | None) -> float | None:
    return round(after / before, 3) if before and after is not None else None


def _between(started: str, finished: str) -> float:
    both = (datetime.fromisoformat(finished), datetime.fromisoformat(started))
    return round((both[0] - both[1]).total_seconds(), 1)


def _median(values: Iterable[float | None]) -> float | None:
    """Return the median; None where a value is missing, since that one may be anything."""
    known = list(values)
    if any(value is None for value in known):
        return None
    return round(median(value for value in known if value is not None), 4)
