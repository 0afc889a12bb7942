"""What a loop's studies find, in a clone with more dev tasks than the eval ships.

Studies compare on dev. With as many fresh tasks as here their intervals are narrower; that is why
the clone's dev split is replaced, and the result says by what.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experience_clone import FRESH_SEED, Clone, FailedError, cloned

COHORTS = "cohorts"
STUDIES = (COHORTS, "folded", "sizes", "agents", "harnesses", "drift")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which studies, and how they are made.

    Attributes:
        fresh: Dev tasks that replace the eval's; 0 leaves those.
        hypothesis: Whose `with` they are made with.
        seeds: Trainings behind each number.
    """

    studies: Sequence[str]
    fresh: int
    hypothesis: str
    seeds: int


def studies(source: Path, loop: str, wanted: Wanted) -> dict[str, Any]:
    """Run a loop's baseline and first iteration, then its studies.

    A study that fails says how; the others are made all the same.

    Raises:
        FailedError: the loop itself cannot be run.
    """
    with cloned(source) as clone:
        if wanted.fresh:
            clone.with_fresh_dev(wanted.fresh)
        ran = clone.loop("run", loop, "--no-publish").found
        found = {name: _study(clone, loop, name, wanted) for name in wanted.studies}
    dev = f"{wanted.fresh} fresh tasks, seed {FRESH_SEED}" if wanted.fresh else "as shipped"
    gaps = found.get(COHORTS, {}).get("gaps", [])
    return {
        "loop": loop,
        "dev": dev,
        "hypothesis": wanted.hypothesis,
        "seeds": wanted.seeds,
        "verdicts": [each["row"]["verdict"] for each in ran if "row" in each],
        **found,
        "bar": {"high_and_low_apart": True},
        "holds": bool(gaps) and all(each["apart"] for each in gaps),
    }


def _study(clone: Clone, loop: str, name: str, wanted: Wanted) -> dict[str, Any]:
    words = ("--hypothesis", wanted.hypothesis, "--seeds", str(wanted.seeds))
    try:
        done = clone.loop("study", loop, name, *words)
    except FailedError as err:
        return {"error": str(err)}
    told = {key: each for key, each in done.found.items() if each and key != "folder"}
    return {"wall_s": round(done.wall_s, 1), "cpu_s": round(done.cpu_s, 1), **told}
