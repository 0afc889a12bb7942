"""Calibration of keep scores: of the units scored 0.8, are 80 % worth keeping?

Worth keeping is what the annotation says: a must-keep span, or the reference.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.compression.case import Case

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Units whose score lies in `[low, high)`, in the last bin `[low, high]`.

    Attributes:
        count: Units in the bin.
        score: Their mean score; 0 if there are none.
        truth: Share of them that is worth keeping; 0 if there are none.
    """

    low: float
    high: float
    count: int
    score: float
    truth: float


def worth(case: Case) -> list[bool]:
    """Return for each unit whether a must-keep span or the reference holds it."""
    return [wanted or not free for wanted, free in zip(case.wanted, case.free, strict=True)]


def reliability(
    scores: Sequence[float], truth: Sequence[bool], *, bins: int = BINS
) -> tuple[Bin, ...]:
    """Sort units into bins of equal width.

    Args:
        scores: One per unit, in [0, 1]; a NaN counts as 0.
        truth: Whether each unit is worth keeping.
        bins: How many.
    """
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for score, flag in zip(scores, truth, strict=True):
        place = int(score * bins) if score >= 0 else 0
        held[min(place, bins - 1)].append((score if score >= 0 else 0.0, flag))
    return tuple(
        Bin(
            low=index / bins,
            high=(index + 1) / bins,
            count=len(units),
            score=sum(score for score, _ in units) / len(units) if units else 0.0,
            truth=sum(flag for _, flag in units) / len(units) if units else 0.0,
        )
        for index, units in enumerate(held)
    )


def expected_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error: |mean score - share| of each bin, weighted by units.

    In [0, 1], lower is better; 0 without a unit. With few units it is biased upwards, so compare
    values over the same cases only.

    Source: Naeini, Cooper and Hauskrecht, Obtaining Well Calibrated Probabilities, 2015.
    """
    total = sum(each.count for each in bins)
    gaps = sum(each.count * abs(each.score - each.truth) for each in bins)
    return gaps / total if total else 0.0
