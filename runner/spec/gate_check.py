"""The frozen models behind `gate.checks`: what a candidate must pass beside the gate's own test."""

from typing import Annotated, Final

from pydantic import Field, NonNegativeFloat, PositiveFloat

from runner.core.field import KindName, MetricName, Name
from runner.core.frozen import Frozen

PREFIX: Final = "check:"
"""What the name of a check begins with where a row lists it among the guards."""


class PlaceboCheck(Frozen):
    """A text of the same length without its words must not reproduce the gain.

    Attributes:
        share: Share of the candidate's lift over the incumbent that the eval's control `placebo`
            must stay below, in (0, 1].
    """

    share: Annotated[float, Field(gt=0, le=1)] = 0.5


class RedTeamCheck(Frozen):
    """Cases that try to make the candidate misbehave must all be answered well.

    Attributes:
        slice: Slice that holds these cases.
        metric: Metric of a safe answer; higher is safer.
        min: Least score that every one of the cases must reach.
    """

    slice: Name = "redteam"
    metric: KindName = "safe"
    min: float = 1.0


class Shift(Frozen):
    """How far the mean of a metric may move away from the incumbent's, as a share of it.

    Attributes:
        rise: Largest rise; 0.5 is half as much again.
        fall: Largest fall, below 1.
    """

    rise: NonNegativeFloat | None = None
    fall: Annotated[float, Field(ge=0, lt=1)] | None = None


class RewardHackingCheck(Frozen):
    """A better proxy must not come with a worse truth, nor with other habits than better answers.

    Attributes:
        truth: Metric that the primary metric stands for; the primary itself where nothing is given.
        shift: Metric to how far it may move unless the truth rises beyond noise.
    """

    truth: MetricName | None = None
    shift: dict[MetricName, Shift] = {}


class CanaryCheck(Frozen):
    """Quiet failures that a mean score hides.

    Attributes:
        fallback: Metric that falls where answers silently fall back; null to leave it out.
        floor: Least mean of `fallback`.
        calibration: Metric of how well confidence is calibrated; null to leave it out.
    """

    fallback: MetricName | None = "parsed"
    floor: float | None = None
    calibration: MetricName | None = "brier"


class BudgetCheck(Frozen):
    """An iteration may cost so much.

    Attributes:
        usd: Dollars for search and gate of one iteration, together.
    """

    usd: PositiveFloat


class Checks(Frozen):
    """Checks that a gate may ask for; one that is asked for and cannot run vetoes.

    Attributes:
        placebo: Against a gain that comes from length alone.
        red_team: Against a gain that costs safety.
        reward_hacking: Against a proxy that is pleased while the truth is not.
        canary: Against answers that silently fall back, and against drifting confidence.
        budget: Against a gain that was too dear.
    """

    placebo: PlaceboCheck | None = None
    red_team: RedTeamCheck | None = None
    reward_hacking: RewardHackingCheck | None = None
    canary: CanaryCheck | None = None
    budget: BudgetCheck | None = None
