"""Which episodes become training rows; importing this imports no ML stack."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from runner.core.frozen import Frozen

Balance = Literal["none", "template"]
Cohort = Literal["high", "low", "random", "strict"]
Share = Annotated[float, Field(ge=0, le=1)]


class Curation(Frozen):
    """The rule by which episodes are curated.

    Attributes:
        min_partial: Lowest `partial` of a row in `high` and `strict`, in [0, 1].
        per_task: Most rows of one task; None for no bound.
        balance: `template` gives every template the same share, as far as its supply goes.
        cohort: Which rows a training set is made of where `rows` or `tokens` bounds it: `high` the
            best first, `low` the worst first, `random` in a seeded order, `strict` only what solved
            its task whole. `low` and `random` ignore `min_partial`: they are an ablation's arms.
        rows: Most rows; None for all.
        tokens: Most tokens of all rows together; None for no bound.
        near: Two rows with the same calls are one from this similarity on, in (0, 1], their task's
            entities masked; None keeps both.
        guards: Leave episodes out that broke a guard.
        max_tokens: Most tokens of one row, such as a model's window; None for no bound.
    """

    min_partial: Share = 0.5
    per_task: PositiveInt | None = 2
    balance: Balance = "none"
    cohort: Cohort = "high"
    rows: PositiveInt | None = None
    tokens: PositiveInt | None = None
    near: Annotated[float, Field(gt=0, le=1)] | None = 0.9
    guards: bool = True
    max_tokens: PositiveInt | None = None

    @property
    def floor(self) -> float | None:
        """The lowest partial that its cohort takes; None where it takes any."""
        return self.min_partial if self.cohort in ("high", "strict") else None
