"""What a proposer learns from: the working parent on the train cases, case by case and whole."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from runner.core.canonical import canonical
from runner.core.score import CaseScore, cost_of
from runner.core.trial import Trial
from runner.evals.model import CommandChecker
from runner.iteration.arm import Arm, score_once
from runner.iteration.order import Order
from runner.iteration.trace import charged, keep_traces, traces_of
from runner.spec.model import ASKING

TRIALS = "trials.jsonl"


def trials_of(order: Order) -> Path | None:
    """Return the working parent's trials, for all attempts of a run; None where there are none.

    A foreign checker is only asked where a built-in proposer needs it: it may not know the split
    `train`.

    Raises:
        CrashError: the checker ended badly.
        ArmError: it wrote no usable scores.
    """
    bench, evaluation = order.bench, order.declared.evaluation
    foreign = isinstance(evaluation.checker, CommandChecker)
    kind = order.declared.spec.propose.kind
    wanted = kind in ASKING or (kind == "command" and not foreign)
    if not wanted or bench.train is None or bench.parent is None:
        return None
    into = bench.folder / TRIALS
    if not into.exists():
        scores = _score(order, bench.train, bench.parent)
        written = bench.arms / "train" / TRIALS
        if written.is_file():
            shutil.copyfile(written, into)
        else:
            into.write_bytes(_bare(bench.train, scores))
    return into


def _score(order: Order, cases: Path, parent: Path) -> Sequence[CaseScore]:
    folder = order.bench.arms / "train"
    shutil.rmtree(folder, ignore_errors=True)
    arm = Arm(
        model=parent,
        refs={},
        cases=cases,
        split="train",
        folder=folder,
        seed=order.plan.seed,
        trials=folder / TRIALS,
        cells=order.parts.cells,
        smoke=order.smoke,
    )
    try:
        with charged(order.bench.spent, folder, split="train"):
            scores = score_once(order.parts, order.declared, arm).scores
    finally:
        keep_traces(
            order.bench.shelf,
            traces_of(folder),
            arm=f"{order.bench.label}train",
            split="train",
            candidate=order.plan.parent,
        )
    order.bench.spent.append(cost_of(scores))
    return scores


def _bare(cases: Path, scores: Sequence[CaseScore]) -> bytes:
    """Return trials of a checker that does not say what was answered: the case and its score."""
    known = {case["id"]: case for case in map(json.loads, cases.read_bytes().splitlines())}
    trials = [
        Trial(case=known[score.case], score=score, output="")
        for score in scores
        if score.case in known
    ]
    return b"".join(canonical(trial.model_dump(mode="json")) for trial in trials)
