"""What a checker says of one case."""

from pydantic import Field, NonNegativeFloat, NonNegativeInt

from runner.core.frozen import Frozen


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
