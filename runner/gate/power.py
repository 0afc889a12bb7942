"""What a held-out split can see: before any spending (`validate`), and in each row.

Binary metrics are described by their churn: the share of cases on which two candidates differ.
Graded metrics by the spread (standard deviation) of their differences.
"""

import math
from functools import lru_cache
from statistics import NormalDist

POWER = 0.8
CHURN = 0.2  # assumed before anything is measured: 30 wins and 10 losses in 200 cases
EXACT_CASES = 500  # beyond it the normal approximation is within 2 % of the exact test
HALVINGS = 12
_NORMAL = NormalDist()


def mde(n: int, *, alpha: float, churn: float = CHURN) -> float | None:
    """Return the smallest true gain that the binomial gate sees with 80 % power.

    Args:
        n: Held-out cases (clusters).
        alpha: Level of one look, in (0, 1).
        churn: Share of cases that differ between the arms, in [0, 1]; at least the gain itself.

    Returns:
        A gain in (0, 1], or None if not even a win on every case would be enough.
    """
    if n < 1 or 2.0**-n > alpha:
        return None
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if power(n, gain=middle, alpha=alpha, churn=churn) >= POWER:
            high = middle
        else:
            low = middle
    return high


def mde_graded(n: int, *, alpha: float, spread: float) -> float | None:
    """Return the smallest true mean gain seen with 80 % power, by the normal approximation.

    Args:
        n: Held-out cases (clusters).
        alpha: Level of one look, in (0, 1).
        spread: Standard deviation of the differences, in the metric's unit; 0 tells nothing.

    Returns:
        A gain in the metric's unit, or None if no result on n cases could be significant.
    """
    if n < 1 or 2.0**-n > alpha or not spread > 0:
        return None
    return (_NORMAL.inv_cdf(1 - alpha) + _NORMAL.inv_cdf(POWER)) * spread / math.sqrt(n)


def power(n: int, *, gain: float, alpha: float, churn: float = CHURN) -> float:
    """Return the probability that a true gain passes the binomial test on n cases, in [0, 1]."""
    rate = min(max(churn, gain), 1.0)
    if rate <= 0:
        return 0.0
    if n > EXACT_CASES:
        spread = math.sqrt(max(rate - gain**2, 0.0))
        edge = gain * math.sqrt(n) - _NORMAL.inv_cdf(1 - alpha) * math.sqrt(rate)
        return _NORMAL.cdf(edge / spread) if spread else float(edge > 0)
    middle, width = n * rate, 5 * math.sqrt(n * rate * (1 - rate)) + 1
    share = (rate + gain) / (2 * rate)
    return math.fsum(
        _mass(n, differing, rate) * _upper(differing, wins_needed(differing, alpha), share)
        for differing in range(max(0, int(middle - width)), min(n, int(middle + width)) + 1)
    )


@lru_cache(maxsize=4096)
def wins_needed(differing: int, alpha: float) -> int:
    """Return the fewest wins among `differing` cases with p <= alpha; `differing + 1` if none."""
    budget = alpha * 2**differing if differing < 1000 else None  # noqa: PLR2004 - float range
    limit = budget if budget is not None else int(alpha * 2**64) << (differing - 64)
    term, count, wins = 1, 1, differing
    while count <= limit and wins >= 0:
        term = term * wins // (differing - wins + 1)
        wins -= 1
        count += term
    return wins + 1


def net_wins_needed(n: int, alpha: float, *, churn: float = CHURN) -> int | None:
    """Return how many more wins than losses an accept takes, if `churn * n` cases differ.

    Returns:
        Net wins in 1 .. n, or None if n cases cannot reach the level at all.
    """
    fewest = math.ceil(-math.log2(alpha))
    if fewest > n:
        return None
    differing = max(round(n * churn), fewest)
    return 2 * wins_needed(differing, alpha) - differing


def cases_needed(gain: float, *, alpha: float, churn: float = CHURN) -> int:
    """Return the held-out cases at which a true gain is seen with 80 % power.

    By the normal approximation for paired proportions plus 1 / gain for the discreteness of the
    exact test. Source: Connor, Sample size for testing differences in proportions for the
    paired-sample design, Biometrics 43 (1987).

    Raises:
        ValueError: a gain outside of (0, 1].
    """
    if not 0 < gain <= 1:
        raise ValueError(f"no number of cases shows a gain of {gain}")
    rate = max(churn, gain)
    root = _NORMAL.inv_cdf(1 - alpha) * math.sqrt(rate) + _NORMAL.inv_cdf(POWER) * math.sqrt(
        rate - gain**2
    )
    return max(math.ceil((root / gain) ** 2 + 1 / gain), math.ceil(-math.log2(alpha)))


def reps_needed(reps: int, *, cases: int, wanted: int) -> int:
    """Return the repetitions that stand in for `wanted` cases when only `cases` exist.

    The lower bound: true if all noise lies between repetitions of one case (sampled decoding).
    Greedy decoding repeats itself, and no number of repetitions helps.
    """
    return max(reps, math.ceil(reps * wanted / cases))


def _mass(n: int, k: int, rate: float) -> float:
    if rate >= 1:
        return float(k == n)
    return math.exp(
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(rate)
        + (n - k) * math.log1p(-rate)
    )


def _upper(n: int, least: int, rate: float) -> float:
    """Return P(X >= least); each term from the one before, since lgamma is the cost."""
    if least > n:
        return 0.0
    if rate >= 1:
        return 1.0
    term = _mass(n, least, rate)
    total, odds = term, rate / (1 - rate)
    for k in range(least, n):
        term *= odds * (n - k) / (k + 1)
        total += term
    return min(total, 1.0)
