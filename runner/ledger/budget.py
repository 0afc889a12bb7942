"""Money: what the next iteration may cost, and what is left."""

from runner.core.head import Head
from runner.spec.model import EDITORS, Spec

_CENTS = 6  # digits: a sum of floats must not stop a loop one ten-millionth of a dollar early


def reserve(head: Head | None, spec: Spec) -> float:
    """Return the dollars set aside before an iteration: a bound, not an estimate.

    The larger of the last three costs and the maker's wall limit at the hourly rate (the
    checker's wall limit where nothing is made), that of a proposer included.
    """
    limit = spec.check if spec.make == "none" else spec.make
    proposing = spec.propose.minutes if spec.propose.kind in EDITORS else 0
    bound = (limit.minutes + proposing) / 60 * spec.budget.usd_per_hour
    costs = () if head is None else head.recent
    return round(max((bound, *(cost.usd for cost in costs))), _CENTS)


def left(head: Head | None, spec: Spec) -> float | None:
    """Return the dollars left of the loop's whole life; negative if overspent, None: no limit."""
    if spec.budget.usd is None:
        return None
    spent = 0.0 if head is None else head.spent_usd
    return round(spec.budget.usd - spent, _CENTS)


def settle(wall_s: float, spec: Spec, *, metered_usd: float | None = None) -> float:
    """Return what an iteration cost in dollars.

    Args:
        wall_s: Seconds of wall time, waiting included.
        spec: Its `budget.usd_per_hour` is the rate.
        metered_usd: What a provider charged; None where nothing was metered.
    """
    if metered_usd is not None:
        return metered_usd
    return round(wall_s / 3600 * spec.budget.usd_per_hour, _CENTS)
