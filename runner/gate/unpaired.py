"""Two sets of other cases, compared: where a split is drawn anew, no case is in both."""

import math
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from runner.core.row import Interval
from runner.core.score import CaseScore
from runner.gate.power import POWER

GRID = 10**6  # scores are summed as integers, so that equal sums are equal
EXCEEDED = 10
"""Shuffles at least as low as what was seen, after which a p-value is known well enough."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Unpaired:
    """Scores of units that are drawn independently, oriented so that higher is better.

    Attributes:
        now: Of the cases of today, one per cluster: the mean over its cases.
        then: Of the reference's.
    """

    now: tuple[float, ...]
    then: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean of now less mean of then."""
        return round(statistics.fmean(self.now) - statistics.fmean(self.then), 12)

    @property
    def error(self) -> float:
        """Standard error of `mean`; 0 where a side has one unit, which tells of no spread."""
        sides = (self.now, self.then)
        if min(map(len, sides)) < 2:  # noqa: PLR2004 - one value has no spread
            return 0.0
        return math.sqrt(sum(statistics.variance(side) / len(side) for side in sides))

    def interval(self) -> Interval | None:
        """Return the 95 % interval of `mean` by the normal approximation; None without spread."""
        half = _NORMAL.inv_cdf(0.975) * self.error
        return (self.mean - half, self.mean + half) if half else None

    def mde(self, level: float) -> float | None:
        """Return the smallest true drop seen with 80 % power at a level, or None."""
        found = (_NORMAL.inv_cdf(1 - level) + _NORMAL.inv_cdf(POWER)) * self.error
        return found or None


def units(
    means: Mapping[str, float], lines: Sequence[CaseScore], *, sign: int
) -> tuple[float, ...]:
    """Return one score per cluster, from the means of its cases, sorted.

    Args:
        means: Case id to its mean over repetitions.
        lines: Say which cluster a case belongs to.
        sign: 1 where higher is better, -1 where lower is.
    """
    clusters = {line.case: line.cluster for line in lines}
    found: dict[tuple[bool, str], list[float]] = {}
    for case, mean in means.items():
        name = clusters.get(case, "")
        found.setdefault((bool(name), name or case), []).append(sign * mean)
    return tuple(sorted(map(statistics.fmean, found.values())))


def loss(sides: Unpaired, *, level: float, seed: int) -> float:
    """Return the one-sided p-value of a drop: how often chance deals the cases this unevenly.

    Valid where the cases of both sides are drawn alike and nothing has changed. Scores of 0 and 1
    are counted exactly (Fisher); others are shuffled, and as soon as ten shuffles are as low as
    what was seen the rest is not worth its time.

    Args:
        sides: What is compared.
        level: Level that the p-value is read at; decides how many shuffles are made at most.
        seed: Of the shuffles.

    Source: Besag and Clifford, Sequential Monte Carlo p-values, Biometrika 78 (1991).
    """
    pool = [round(value * GRID) for value in (*sides.now, *sides.then)]
    n, seen = len(sides.now), sum(round(value * GRID) for value in sides.now)
    low, high = min(pool), max(pool)
    if low == high:
        return 1.0
    if set(pool) == {low, high}:
        return _fisher(n, len(pool), hits=pool.count(high), seen=(seen - n * low) // (high - low))
    chance, most = random.Random(seed), math.ceil(EXCEEDED / level)  # noqa: S311 - a statistic
    lower = 0
    for drawn in range(1, most + 1):
        lower += sum(chance.sample(pool, n)) <= seen
        if lower == EXCEEDED:
            return lower / drawn
    return (lower + 1) / (most + 1)


def _fisher(n: int, total: int, *, hits: int, seen: int) -> float:
    """Return the chance that n of `total` cases, `hits` of them solved, hold at most `seen`."""
    ways = sum(math.comb(hits, k) * math.comb(total - hits, n - k) for k in range(seen + 1))
    return ways / math.comb(total, n)
