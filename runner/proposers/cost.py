"""What answers cost, added up."""

from collections.abc import Iterable

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


def cost_of(trials: Iterable[Trial]) -> Cost:
    """Return what the answers of trials cost."""
    return total(
        *(
            Cost(
                usd=each.score.cost_usd,
                tokens_in=each.score.tokens_in,
                tokens_out=each.score.tokens_out,
            )
            for each in trials
        )
    )
