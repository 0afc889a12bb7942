"""Cells that the tables of this folder share."""

from runner.report.estimate import Estimate
from runner.report.number import change, interval, score, span


def estimated(found: Estimate | None) -> str:
    """Write a mean with its interval: `0.310 (0.262 to 0.357)`; `-` for none."""
    if found is None:
        return score(None)
    bounds = "" if found.interval is None else f" ({span(found.interval)})"
    return f"{score(found.mean)}{bounds}"


def changed(found: Estimate | None) -> str:
    """Write a difference with its interval: `+0.091 (+0.044 to +0.138)`; `-` for none."""
    if found is None:
        return score(None)
    bounds = "" if found.interval is None else f" ({interval(found.interval)})"
    return f"{change(found.mean)}{bounds}"
