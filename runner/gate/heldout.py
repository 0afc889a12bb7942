"""Held-out scores as a row shows them: every key, beside the incumbent's, with intervals."""

import math
from collections.abc import Sequence

from runner.core.row import HeldoutScore, Interval
from runner.core.score import CaseScore
from runner.evals.model import Eval
from runner.gate.aggregate import aggregate, case_means, keys, penalty, split_key
from runner.gate.interval import bca


def heldout_scores(
    candidate: Sequence[CaseScore], incumbent: Sequence[CaseScore], *, eval_: Eval
) -> dict[str, HeldoutScore]:
    """Average every key of the candidate, and of the incumbent where it has the key.

    Keys whose average is not a number are left out: a row cannot carry them.
    """
    theirs = set(keys(incumbent))
    found = {}
    for key in keys(candidate):
        worst = key_penalty((*candidate, *incumbent), key=key, eval_=eval_)
        score = aggregate(candidate, key=key, on_error=worst)
        other = aggregate(incumbent, key=key, on_error=worst) if key in theirs else math.nan
        if math.isfinite(score):
            found[key] = HeldoutScore(
                candidate=score, incumbent=other if math.isfinite(other) else None
            )
    return found


def with_intervals(
    found: dict[str, HeldoutScore], scores: Sequence[CaseScore], *, eval_: Eval, seed: int
) -> dict[str, HeldoutScore]:
    """Add to each key the BCa 95 % interval of the candidate's own score."""
    return {
        key: score.model_copy(
            update={"interval": score_interval(scores, key=key, eval_=eval_, seed=seed)}
        )
        for key, score in found.items()
    }


def score_interval(
    scores: Sequence[CaseScore], *, key: str, eval_: Eval, seed: int
) -> Interval | None:
    """Return the interval of one arm's average, its clusters resampled whole."""
    means = case_means(scores, key=key, on_error=key_penalty(scores, key=key, eval_=eval_))
    clusters = {line.case: line.cluster for line in scores}
    sums: dict[tuple[bool, str], float] = {}
    for case, mean in means.items():
        unit = (bool(clusters[case]), clusters[case] or case)
        sums[unit] = sums.get(unit, 0.0) + mean
    if not all(map(math.isfinite, sums.values())):
        return None
    return bca(tuple(sums.values()), cases=len(means), seed=seed)


def key_penalty(scores: Sequence[CaseScore], *, key: str, eval_: Eval) -> float:
    """Return what a broken case scores on a key; `on_error` if the metric is not declared."""
    metric = eval_.metrics.get(split_key(key)[0])
    direction = metric.direction if metric else "max"
    return penalty(scores, key=key, direction=direction, on_error=eval_.on_error)
