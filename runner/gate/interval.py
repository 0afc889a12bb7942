"""BCa 95 % intervals of a mean: bias-corrected and accelerated bootstrap.

Few distinct values: the bootstrap distribution itself, in integers, without Monte Carlo. Else
resampling from a seed. Source: Efron, Better bootstrap confidence intervals, JASA 82 (1987).
"""

import math
import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from statistics import NormalDist

from runner.core.row import Interval

LEVEL = 0.95
LATTICE = 10**9  # values are told apart on this grid when looking for a common step
EXACT_WORK = 1_300_000  # sums x distinct values x bits, per value: what the draws would cost
DRAWS = 2000
_NORMAL = NormalDist()


def bca(values: Sequence[float], *, cases: int, seed: int) -> Interval | None:
    """Return the BCa 95 % interval of `sum(values) / cases`.

    Args:
        values: One finite number per independent unit (cluster), in any order.
        cases: Cases behind the values; more than `len(values)` if clusters hold several.
        seed: Seed of the resampling; unused where the distribution is exact.

    Returns:
        None if the values do not vary: an interval without width would claim certainty.
    """
    units = sorted(round(value * LATTICE) for value in values)
    if len(units) < 2 or units[0] == units[-1]:  # noqa: PLR2004 - one value has no spread
        return None
    low, step = units[0], math.gcd(*(unit - units[0] for unit in units))
    offsets = [(unit - low) // step for unit in units]
    if _work(offsets) <= EXACT_WORK * len(offsets):
        sums, weights = _all_sums(offsets)
    else:
        sums, weights = _drawn_sums(offsets, seed)
    cut_low, cut_high = _cuts(offsets, sums, weights)
    scale = LATTICE * cases
    return (
        (len(units) * low + step * cut_low) / scale,
        (len(units) * low + step * cut_high) / scale,
    )


def _work(offsets: Sequence[int]) -> float:
    n = len(offsets)
    return n * offsets[-1] * len(set(offsets)) * n * math.log2(n + 1)


def _all_sums(offsets: Sequence[int]) -> tuple[Sequence[int], list[int]]:
    """Count, for every possible sum of n draws with replacement, the draws that give it.

    The counts are the coefficients of P(x)^n with P(x) = sum over values of count * x^value, by
    J. C. P. Miller's recurrence (Knuth, TAOCP 2, section 4.7), whose divisions are exact.
    """
    n, counts = len(offsets), Counter(offsets)
    first = counts.pop(0)
    terms = sorted(counts.items())
    power = [first**n]
    for k in range(1, n * offsets[-1] + 1):
        total = sum(
            ((n + 1) * size - k) * count * power[k - size] for size, count in terms if size <= k
        )
        power.append(total // (k * first))
    return range(len(power)), power


def _drawn_sums(offsets: Sequence[int], seed: int) -> tuple[list[int], list[int]]:
    draw = random.Random(seed).choices  # noqa: S311 - statistics, not a secret
    n = len(offsets)
    sums = sorted(sum(draw(offsets, k=n)) for _ in range(DRAWS))
    return sums, [1] * DRAWS


def _cuts(offsets: Sequence[int], sums: Sequence[int], weights: Sequence[int]) -> tuple[int, int]:
    """Return the two sums that bound the interval."""
    cumulated = list(accumulate(weights, initial=0))
    total, seen = cumulated[-1], sum(offsets)
    under = cumulated[bisect_left(sums, seen)] + cumulated[bisect_right(sums, seen)]
    share = min(max(under / (2 * total), 0.5 / DRAWS), 1 - 0.5 / DRAWS)
    bias, pull = _NORMAL.inv_cdf(share), _acceleration(offsets)
    cuts = []
    for tail in ((1 - LEVEL) / 2, (1 + LEVEL) / 2):
        z = bias + _NORMAL.inv_cdf(tail)
        adjusted = _NORMAL.cdf(bias + z / (1 - pull * z))
        target = -(-total * round(adjusted * LATTICE) // LATTICE)
        cuts.append(sums[min(bisect_left(cumulated, target, 1), len(sums)) - 1])
    return cuts[0], cuts[1]


def _acceleration(offsets: Sequence[int]) -> float:
    """Return a sixth of the jackknife skewness; for a mean the jackknife is the data itself."""
    middle = sum(offsets) / len(offsets)
    second = math.fsum((offset - middle) ** 2 for offset in offsets)
    third = math.fsum((offset - middle) ** 3 for offset in offsets)
    return third / (6 * second * math.sqrt(second))
