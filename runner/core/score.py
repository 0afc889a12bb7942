"""What a checker says of one case."""

from collections.abc import Iterable

from pydantic import Field, NonNegativeFloat, NonNegativeInt

from runner.core.frozen import Frozen
from runner.core.row import Cost


class CaseScore(Frozen):
    """One line of `arm-<name>.jsonl`.

    Attributes:
        case: The case's id, unique within the split.
        rep: Repetition, from 0.
        slices: Slices that the case belongs to (`metric@slice` averages over them).
        metrics: Metric to score in the metric's own direction.
        cluster: Cases that stand or fall together share it; "" is a cluster of its own.
        failed: The candidate broke on this case; it scores the eval's `on_error`.
        cost_usd: Dollars spent on the case.
        tokens_in: Tokens that models read for it; `tokens_out` are those that they wrote.
    """

    case: str
    rep: NonNegativeInt = 0
    slices: tuple[str, ...] = ()
    metrics: dict[str, float]
    cluster: str = ""
    failed: bool = False
    cost_usd: NonNegativeFloat = 0
    tokens_in: NonNegativeInt = 0
    tokens_out: NonNegativeInt = 0
    seconds: NonNegativeFloat = Field(default=0)


def cost_of(scores: Iterable[CaseScore]) -> Cost:
    """Return what models charged for an arm; wall time is not theirs to say."""
    found = tuple(scores)
    return Cost(
        usd=round(sum(score.cost_usd for score in found), 6),
        tokens_in=sum(score.tokens_in for score in found),
        tokens_out=sum(score.tokens_out for score in found),
    )
