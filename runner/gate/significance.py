"""How often chance alone would look this good: exact one-sided tests on paired differences.

Under the hypothesis "no difference" each difference is as likely to have the other sign. For
differences of one size this is the binomial of wins against losses, else the paired sign-flip test.
Both are computed in integers: importing scipy alone would cost 0.7 s.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from runner.core.row import SMALLEST_P
from runner.gate.pair import Paired

EXACT = 256  # differences up to which every one of the 2^n sign patterns is counted exactly
BLOCK = 64  # convolutions between two renormalisations beyond EXACT
FRACTION = 96  # bits kept of each probability beyond EXACT: an error below 1e-20
WORK = 2_500_000_000  # bits touched at most, about 0.15 s; coarser grids beyond it


@dataclass(frozen=True, slots=True)
class Evidence:
    """One-sided p-values, in (0, 1]: of a gain at least this large, and of a loss likewise."""

    gain: float
    loss: float


def evidence(paired: Paired) -> Evidence:
    """Test paired differences against chance in both directions.

    Returns:
        NaN twice if a score is not a number, so that every comparison with a level fails.
    """
    if not paired.finite:
        return Evidence(gain=math.nan, loss=math.nan)
    if not paired.graded and paired.n == paired.cases:
        return Evidence(
            gain=binomial(paired.wins, paired.losses), loss=binomial(paired.losses, paired.wins)
        )
    return sign_flip(paired.units)


def binomial(wins: int, losses: int) -> float:
    """Return the probability of at least `wins` heads in `wins + losses` fair tosses.

    Returns:
        1.0 without any difference: identical arms are never a gain.
    """
    total = wins + losses
    term, count = 1, 0  # C(total, k) for k = 0 .. losses, by symmetry the upper tail
    for k in range(losses + 1):
        count += term
        term = term * (total - k) // (k + 1)
    return max(count / (1 << total), SMALLEST_P) if total > EXACT else count / (1 << total)


def sign_flip(units: Sequence[int]) -> Evidence:
    """Return exact sign-flip p-values of a sum of integer differences.

    The number of sign patterns with a given positive sum is a coefficient of prod(1 + x^a). All
    coefficients are packed into one integer, `width` bits each, so that a factor is one shift and
    one addition. By symmetry only the smaller tail is built.

    Beyond WORK bits the differences are rounded to a coarser grid until they fit: still an
    exact test, of slightly rounded data. Beyond EXACT differences probabilities carry 96 bits.
    """
    sizes = [unit for unit in units if unit]
    if not sizes:
        return Evidence(gain=1.0, loss=1.0)
    divisor = math.gcd(*sizes)
    while _bits(sizes, divisor) > WORK:
        divisor += max(1, divisor // 4)
    steps = [step for step in (round(unit / divisor) for unit in sizes) if step]
    up = sum(step for step in steps if step > 0)
    down = -sum(step for step in steps if step < 0)
    tail = _tail(sorted(map(abs, steps)), min(up, down))
    rest = 1 - tail.at_most + tail.exactly
    least = tail.at_most if len(steps) <= EXACT else max(tail.at_most, SMALLEST_P)
    if up >= down:
        return Evidence(gain=least, loss=rest)
    return Evidence(gain=rest, loss=least)


def _bits(sizes: Sequence[int], divisor: int) -> float:
    """Estimate the bits touched: every step adds numbers of up to `degree` fields."""
    degree = (
        min(sum(size for size in sizes if size > 0), -sum(size for size in sizes if size < 0))
        / divisor
    )
    return len(sizes) * (degree + 1) * _width(len(sizes))


def _width(count: int) -> int:
    bits = count + 1 if count <= EXACT else FRACTION + BLOCK + 2
    return -(-bits // 8) * 8


@dataclass(frozen=True, slots=True)
class _Tail:
    """Shares of all subsets whose sum is at most, and exactly, the limit."""

    at_most: float
    exactly: float


def _tail(steps: Sequence[int], limit: int) -> _Tail:
    """Count the subsets of `steps` (sorted, positive) by whether their sum exceeds `limit`."""
    exact = len(steps) <= EXACT
    width = _width(len(steps))
    packed, reach, scale = 1 if exact else 1 << FRACTION, 0, 0 if exact else FRACTION
    for index, step in enumerate(steps, start=1):
        packed += packed << (step * width)
        reach += step
        if reach > limit:
            packed &= (1 << ((limit + 1) * width)) - 1
            reach = limit
        if not exact and index % BLOCK == 0:
            packed = (packed >> BLOCK) & _fields(width, reach + 1)
    scale += len(steps) if exact else len(steps) % BLOCK
    total = _sum_fields(packed, width=width, fields=reach + 1)
    return _Tail(at_most=total / (1 << scale), exactly=(packed >> (limit * width)) / (1 << scale))


def _fields(width: int, count: int) -> int:
    """Return a mask of the bits of each field that a shift by BLOCK leaves its own."""
    field = ((1 << (width - BLOCK)) - 1).to_bytes(width // 8, "little")
    return int.from_bytes(field * count, "little")


def _sum_fields(packed: int, *, width: int, fields: int) -> int:
    """Add up all fields by folding the number in halves; the sum fits one field."""
    while fields > 1:
        half = -(-fields // 2)
        packed = (packed >> (half * width)) + (packed & ((1 << (half * width)) - 1))
        fields = half
    return packed
