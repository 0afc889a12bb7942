"""Means over cases with the uncertainty that the choice of cases brings.

The gate's interval is its own (BCa of differences, on which claims rest); this one is for tables,
where means, differences and ratios of many arms stand side by side.
"""

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import NonNegativeInt

from runner.core.frozen import Frozen
from runner.core.row import Interval
from runner.report.error import ReportError

LEVEL = 0.95
DRAWS = 2000
DIGITS = 9  # differences of equal numbers differ in the last bits


class Estimate(Frozen):
    """A mean over cases.

    Attributes:
        interval: 95 % bootstrap interval over clusters; None where they do not vary.
        cases: Cases behind the mean.
        clusters: Cases that stand or fall together count once.
    """

    mean: float
    interval: Interval | None
    cases: NonNegativeInt
    clusters: NonNegativeInt


@dataclass(frozen=True, slots=True)
class Scored:
    """One number of one case; repetitions of a case are several."""

    case: str
    cluster: str
    value: float


def estimate(scored: Iterable[Scored], *, seed: int = 0) -> Estimate:
    """Return the mean over cases, of the mean over the repetitions of each.

    Args:
        scored: At least one number.
        seed: Of the resampling.

    Raises:
        ReportError: no number at all.
    """
    numbers, clusters = _by_case(scored)
    if not numbers:
        raise ReportError("no case is scored; a mean needs at least one")
    return _estimate(numbers, clusters, seed=seed)


def difference(candidate: Iterable[Scored], base: Iterable[Scored], *, seed: int = 0) -> Estimate:
    """Return the mean of candidate - base over the cases that both arms scored.

    Raises:
        ReportError: they share no case.
    """
    ours, clusters = _by_case(candidate)
    theirs, _ = _by_case(base)
    shared = {case: ours[case] - theirs[case] for case in ours if case in theirs}
    if not shared:
        raise ReportError("the two arms share no case; compare arms of one split")
    return _estimate(shared, clusters, seed=seed)


def apart(one: Estimate, other: Estimate) -> bool:
    """Tell whether two intervals share no point; a missing one touches everything."""
    if one.interval is None or other.interval is None:
        return False
    return one.interval[1] < other.interval[0] or other.interval[1] < one.interval[0]


def _by_case(scored: Iterable[Scored]) -> tuple[dict[str, float], dict[str, str]]:
    """Return each case's mean and its cluster, in the order of first sight."""
    numbers: dict[str, list[float]] = defaultdict(list)
    clusters: dict[str, str] = {}
    for each in scored:
        numbers[each.case].append(each.value)
        clusters[each.case] = each.cluster
    return {case: math.fsum(of) / len(of) for case, of in numbers.items()}, clusters


def _estimate(numbers: Mapping[str, float], clusters: Mapping[str, str], *, seed: int) -> Estimate:
    groups: dict[str, list[float]] = defaultdict(list)
    for case, number in numbers.items():
        groups[clusters[case]].append(number)
    units = [(math.fsum(group), len(group)) for group in groups.values()]
    return Estimate(
        mean=math.fsum(numbers.values()) / len(numbers),
        interval=_interval(units, seed=seed),
        cases=len(numbers),
        clusters=len(units),
    )


def _interval(units: Sequence[tuple[float, int]], *, seed: int) -> Interval | None:
    """Return the percentile interval of sum / count over resampled clusters.

    None where every cluster has one mean: an interval without width would claim certainty.

    Source: B. Efron, "Bootstrap methods: another look at the jackknife" (1979); the cluster is the
    unit, as in A. C. Cameron et al., "Bootstrap-based improvements for inference with clustered
    errors" (2008).
    """
    if len({round(total / count, DIGITS) for total, count in units}) == 1:
        return None
    draw = random.Random(seed).choices  # noqa: S311 - statistics, not a secret
    means = sorted(_ratio(draw(units, k=len(units))) for _ in range(DRAWS))
    tail = round(DRAWS * (1 - LEVEL) / 2)
    return means[tail], means[-1 - tail]


def _ratio(units: Sequence[tuple[float, int]]) -> float:
    return sum(total for total, _ in units) / sum(count for _, count in units)
