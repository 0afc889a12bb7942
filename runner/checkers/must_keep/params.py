"""Parameters of the must-keep checker; imports no torch."""

from typing import Annotated

from pydantic import Field, PositiveInt

from runner.core.frozen import Frozen

Share = Annotated[float, Field(gt=0, le=1)]


class Params(Frozen):
    """What `with:` of an eval with `checker: must_keep` may say.

    Attributes:
        budget: Share of units that `exact_at_budget` may keep.
        reports: Further budgets, in hundredths in the metric's name (`exact_at_budget_50`).
        threads: Threads of the model; one is fastest on a shared machine.
    """

    budget: Share = 0.7
    reports: tuple[Share, ...] = (0.5, 0.6, 0.8)
    threads: PositiveInt = 1
