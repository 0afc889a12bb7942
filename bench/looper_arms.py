"""What ten ways of training did to tasks that none of them learned from: looper-skill's arms.

Run with `python bench/looper_arms.py`; `--write` keeps the figures under `bench/results`. A clean
clone, its baseline, then `git-loop study looper-skill arms`; about an hour on two cores.
"""

import json
from typing import Any

from experience_clone import cloned
from figure import ROOT, keep, measured, options

LOOP, STUDY = "looper-skill", "arms"


def arms() -> dict[str, Any]:
    """Make the baseline and train it in each way."""
    with cloned(ROOT) as clone:
        clone.loop("run", LOOP, "--no-publish")
        done = clone.loop("study", LOOP, STUDY)
    transfers = [
        each | {"difference": round(each["adapted"] - each["base"], 4)}
        for each in done.found["transfers"]
    ]
    return {"loop": LOOP, "cpu_s": round(done.cpu_s, 1), "transfers": transfers}


def main() -> None:
    """Measure, print, and keep the figures if asked."""
    given = options(__doc__).parse_args()
    found = measured(arms, "torch", "transformers")
    print(json.dumps(found, indent=1))
    if given.write:
        keep("looper-arms", found)


if __name__ == "__main__":
    main()
