"""Iteration 0: what the incumbent scores, and whether the eval leaves room to improve."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runner.core.row import HeldoutScore
from runner.core.score import CaseScore
from runner.evals.model import Eval
from runner.gate.aggregate import case_means, keys, split_key
from runner.gate.check.declaration import metrics_read
from runner.gate.declaration import direction_of, require_min_delta
from runner.gate.errors import GateError
from runner.gate.heldout import heldout_scores, key_penalty, with_intervals
from runner.spec.model import Gate

NEAR = 0.01  # a metric this close to its ceiling is saturated


@dataclass(frozen=True, slots=True)
class Baseline:
    """Claimable numbers of the first candidate, and two warnings about the eval.

    Attributes:
        heldout: Every key with the BCa 95 % interval of its score; None where nothing varies.
        saturated: Keys within 0.01 of their ceiling: no gain can show on them.
        constant: Keys on which every case scores the same.
        missing: Expected cases without a line, as a share in [0, 1]; 0 if none are listed.
    """

    heldout: dict[str, HeldoutScore]
    saturated: tuple[str, ...]
    constant: tuple[str, ...]
    missing: float


def baseline(
    scores: Sequence[CaseScore],
    eval_: Eval,
    *,
    expected: Collection[str] = (),
    seed: int = 0,
) -> Baseline:
    """Describe the baseline's held-out scores.

    Args:
        scores: Lines of the baseline's arm, in any order.
        eval_: The eval that judged; a metric without a `ceiling` has one only if all of its
            scores are 0 or 1.
        expected: Ids of the held-out cases, to see which are missing.
        seed: Seed of the intervals' resampling.
    """
    found = with_intervals(heldout_scores(scores, (), eval_=eval_), scores, eval_=eval_, seed=seed)
    means = {
        key: frozenset(
            case_means(scores, key=key, on_error=key_penalty(scores, key=key, eval_=eval_)).values()
        )
        for key in found
    }
    absent = set(expected) - {score.case for score in scores}
    return Baseline(
        heldout=found,
        saturated=tuple(
            key for key in found if _saturated(found[key].candidate, means[key], eval_, key)
        ),
        constant=tuple(key for key in found if len(means[key]) == 1),
        missing=len(absent) / len(expected) if expected else 0.0,
    )


def check_baseline(scores: Sequence[CaseScore], gate: Gate, eval_: Eval) -> None:
    """Refuse, at the baseline and so before any training, a gate that its scores do not fit.

    Raises:
        GateError: the primary metric is undeclared or unscored, or graded without `min_delta`; a
            metric that a check reads is unscored, so that every candidate would be vetoed.
    """
    direction_of(eval_, gate.primary)
    worst = key_penalty(scores, key=gate.primary, eval_=eval_)
    means = case_means(scores, key=gate.primary, on_error=worst).values()
    graded = gate.kind == "scalar" or any(mean not in (0, 1) for mean in means)
    require_min_delta(gate, graded=graded and gate.kind != "fixtures")
    known = {split_key(key)[0] for key in keys(scores)}
    for metric in sorted(metrics_read(gate.checks) - known):
        raise GateError(
            f"gate.checks: no case scores {metric}, which a check reads; the checker wrote "
            f"{', '.join(sorted(known)) or 'nothing'}"
        )


def _saturated(score: float, means: frozenset[float], eval_: Eval, key: str) -> bool:
    metric = eval_.metrics.get(split_key(key)[0])
    if metric is None:
        return False
    ceiling = metric.ceiling
    if ceiling is None and means <= {0.0, 1.0}:
        ceiling = 1.0 if metric.direction == "max" else 0.0
    if ceiling is None:
        return False
    room = ceiling - score if metric.direction == "max" else score - ceiling
    return room <= NEAR + 1e-12
