"""One number per metric from a checker's lines, and the keys such numbers go by.

A key is `metric` or `metric@slice`. A case counts once however often it was repeated.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from runner.core.score import CaseScore
from runner.gate.errors import GateError

Direction = Literal["max", "min"]


def keys(scores: Iterable[CaseScore]) -> tuple[str, ...]:
    """List every `metric` and `metric@slice` that at least one unbroken case carries, sorted."""
    found: set[str] = set()
    for score in scores:
        if not score.failed:
            found.update(score.metrics)
            found.update(f"{metric}@{name}" for metric in score.metrics for name in score.slices)
    return tuple(sorted(found))


def split_key(key: str) -> tuple[str, str]:
    """Return metric and slice of a key; the slice of a bare metric is ""."""
    metric, _, name = key.partition("@")
    return metric, name


def value(score: CaseScore, *, metric: str, on_error: float) -> float | None:
    """Return a line's score; `on_error` if the candidate broke, None if it has no such metric."""
    return on_error if score.failed else score.metrics.get(metric)


def case_means(scores: Iterable[CaseScore], *, key: str, on_error: float) -> dict[str, float]:
    """Return each case's mean over its repetitions, by case id in sorted order.

    Lines outside the key's slice, and unbroken lines without the metric, do not count.
    """
    metric, name = split_key(key)
    reps: dict[str, list[float]] = {}
    for score in scores:
        found = value(score, metric=metric, on_error=on_error)
        if found is not None and (not name or name in score.slices):
            reps.setdefault(score.case, []).append(found)
    return {case: math.fsum(reps[case]) / len(reps[case]) for case in sorted(reps)}


def aggregate(scores: Iterable[CaseScore], *, key: str, on_error: float) -> float:
    """Average a key over repetitions, then over cases, in the metric's own direction and unit.

    Args:
        scores: Lines of one arm, in any order.
        key: `metric` or `metric@slice`.
        on_error: Score of a case on which the candidate broke.

    Raises:
        GateError: no case carries the key; the message lists the keys that exist.
    """
    lines = tuple(scores)
    means = case_means(lines, key=key, on_error=on_error)
    if not means:
        known = ", ".join(keys(lines)) or "none"
        raise GateError(f"no case carries the metric {key}; the scores have: {known}")
    return math.fsum(means.values()) / len(means)


def penalty(
    scores: Sequence[CaseScore], *, key: str, direction: Direction, on_error: float
) -> float:
    """Return what a broken case costs: `on_error`, but never a reward where less is better.

    An eval has one `on_error`, usually 0, which is the *best* keep rate or loss. For a metric
    with direction `min` a broken case therefore scores at least as high as the worst case seen.

    Args:
        scores: Lines of all arms that are compared, so that every arm pays the same.
        key: `metric` or `metric@slice`; the worst case is looked for in all slices.
        direction: Whether a higher or a lower score is better.
        on_error: The eval's score of a broken case.
    """
    if direction == "max":
        return on_error
    metric, _ = split_key(key)
    seen = (s.metrics[metric] for s in scores if not s.failed and metric in s.metrics)
    return max(on_error, max(seen, default=on_error))
