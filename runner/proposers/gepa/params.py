"""Parameters of `propose: {kind: gepa}`."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt

from runner.core.request import Needs
from runner.proposers.choice import Asking, asked_needs

MERGE_CASES = 5
"""Inner validation cases on which `gepa` tries a merge before it scores all of them."""


class Params(Asking):
    """One bounded search per iteration.

    Attributes:
        generations: Rounds in which the meta model is asked.
        population: Proposals per round, each from a parent and a minibatch of its own.
        reps: How often each cell, a candidate on a case, is scored; the mean counts. Where a
            checker's answers repeat, as those of `agreement` do, one says as much as several.
        merge: Also join candidates of one ancestor, line by line and addition by addition.
        minibatch: Train cases that the model is shown per proposal, and that it must gain on.
        val_share: Share of the train cases that only choose between candidates.
        frontier: What a candidate must be best at to stay a parent: an `instance`, an `objective`
            (metric), either (`hybrid`), or a metric on an instance (`cartesian`).
        max_metric_calls: Cells scored, at most; None for what the rounds above can need. A round
            that it cannot pay for is not begun.
        max_usd: No round is begun, and no model asked for an edit, once so much is spent.
    """

    generations: PositiveInt = 4
    population: PositiveInt = 1
    reps: PositiveInt = 1
    merge: bool = False
    minibatch: PositiveInt = 3
    val_share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    frontier: Literal["instance", "objective", "hybrid", "cartesian"] = "instance"
    max_metric_calls: PositiveInt | None = None
    max_usd: PositiveFloat | None = None

    def smallest(self) -> Self:
        """Return the parameters of the least search that shows that it works."""
        return self.model_copy(update={"generations": 1, "population": 1, "reps": 1})

    def round_calls(self, val: int) -> int:
        """Return the cells that one round can need at most, or the merge after it.

        Args:
            val: Inner validation cases.
        """
        reflected = self.population * (2 * self.minibatch + val)
        merged = MERGE_CASES + val if self.merge else 0
        return self.reps * max(reflected, merged)

    def most_calls(self, val: int) -> int:
        """Return the cells that the search may score."""
        if self.max_metric_calls is not None:
            return self.max_metric_calls
        rounds = self.generations * (2 if self.merge else 1)
        return self.reps * val + rounds * self.round_calls(val)


def needs(params: Params) -> Needs:
    """Return what the meta model needs; the task model is the checker's."""
    return asked_needs(params)
