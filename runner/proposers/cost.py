"""What answers cost, added up."""

from collections.abc import Sequence

from runner.core.row import Cost
from runner.core.trial import Trial

NOTHING = Cost()


def total(*costs: Cost) -> Cost:
    """Return the sum of dollars and tokens; the engine times the whole itself."""
    return Cost(
        usd=sum(each.usd for each in costs),
        tokens_in=sum(each.tokens_in for each in costs),
        tokens_out=sum(each.tokens_out for each in costs),
    )


def cost_of(trials: Sequence[Trial]) -> Cost:
    """Return what the answers of trials cost."""
    return Cost(
        usd=sum(each.score.cost_usd for each in trials),
        tokens_in=sum(each.score.tokens_in for each in trials),
        tokens_out=sum(each.score.tokens_out for each in trials),
    )
