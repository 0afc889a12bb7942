"""What the README says of the gate: false accepts, climbing, and the time of one look.

Run with `python bench/gate.py`, or `--json` for the figures alone; `--write` keeps them under
`bench/results`. Fixed seeds: every run prints the same shares; only the times differ.
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, get_args

from figure import keep, measured, options

from runner.core.score import CaseScore
from runner.evals.model import Eval, Metric
from runner.gate.decide import decide
from runner.gate.question import Question
from runner.gate.simulate import Ideas, World, climb, false_accepts
from runner.spec.model import Gate

SEED = 1
CHURNS = (0.05, 0.09, 0.15, 0.2)


def false_accept_rows(loops: int) -> list[dict[str, object]]:
    """Simulate each world at both sizes, with the stop rule and over 20 looks without it."""
    return [
        {"world": world, "cases": cases, "looks": looks}
        | asdict(false_accepts(world, cases=cases, loops=loops, seed=SEED, looks=looks))
        for world in get_args(World)
        for cases in (50, 200)
        for looks in (3, 20)
    ]


def climb_rows(loops: int) -> list[dict[str, object]]:
    """Simulate both rules at several churns; 0.09 is the one the README quotes."""
    rules = {
        "keep, 3 attempts": Ideas(),
        "accept or discard": Ideas(keeps=False, attempts=1),
    }
    return [
        {"rule": name, "churn": churn}
        | asdict(climb(replace(ideas, churn=churn), loops=loops, seed=SEED))
        for churn in CHURNS
        for name, ideas in rules.items()
    ]


def look_times() -> dict[str, float]:
    """Time one whole decision on 200 cases, in milliseconds: the best of five."""
    rng = random.Random(SEED)
    binary = [rng.random() < share for share in (0.6, 0.7) for _ in range(200)]
    graded = [round(rng.random(), 3) for _ in range(400)]
    return {
        "binary_ms": best(lambda: decide(question([float(bit) for bit in binary], least=0))),
        "graded_ms": best(lambda: decide(question(graded, least=0.01))),
    }


def question(scores: list[float], *, least: float) -> Question:
    """Split 400 scores into two arms."""
    arms = [
        [CaseScore(case=str(case), metrics={"score": score}) for case, score in enumerate(half)]
        for half in (scores[200:], scores[:200])
    ]
    return Question(
        gate=Gate(min_delta=least),
        eval=Eval(eval="b", version=1, checker="b", metrics={"score": Metric(direction="max")}),
        candidate=arms[0],
        incumbent=arms[1],
        alpha=0.05 / 3,
        dev=(0, 1),
    )


def best(work: Callable[[], object]) -> float:
    """Return the shortest of five CPU times in milliseconds."""
    took = []
    for _ in range(5):
        start = time.process_time()
        work()
        took.append((time.process_time() - start) * 1000)
    return round(min(took), 2)


def table(rows: list[dict[str, object]]) -> str:
    """Render rows as Markdown."""
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [
        [f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in row.values()]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def simulated(loops: int) -> dict[str, Any]:
    """Return all figures of so many loops in each world."""
    return {
        "loops": loops,
        "false_accepts": false_accept_rows(loops),
        "climb": climb_rows(loops),
        "look": look_times(),
    }


def main() -> None:
    """Print all figures, and keep them if asked."""
    parser = options(__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--loops", type=int, default=2000)
    given = parser.parse_args()
    figures = measured(lambda: simulated(given.loops), "git-loop")
    if given.write:
        keep("gate", figures)
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    print(
        table(figures["false_accepts"]),
        table(figures["climb"]),
        table([figures["look"]]),
        sep="\n\n",
    )


if __name__ == "__main__":
    main()
