"""Parameters of `propose: {kind: reflect}`."""

from pydantic import NonNegativeInt, PositiveInt

from runner.core.request import Needs
from runner.proposers.choice import Asking, asked_needs
from runner.proposers.limit import Limits

WIDER_EDITS = 3
WIDER_LINES = 3
WIDER_FAILURES = 2


class Params(Asking):
    """One edit per iteration; wider ones after narrow ones were in vain.

    Attributes:
        failures: Failing cases that the model is shown, at most.
        successes: Passing cases that it is shown, at most.
        first: Slices whose failing cases are shown before all others, in this order.
        broaden_after: Iterations of the line in a row without an accept or a keep, after which
            three times as many edits and lines and twice as many failing cases are allowed; None
            for never.
        shorten: When no case fails, ask for shorter instructions; for gates with `simpler`.
    """

    failures: PositiveInt = 8
    successes: NonNegativeInt = 4
    first: tuple[str, ...] = ("feedback", "fixtures")
    broaden_after: PositiveInt | None = 2
    shorten: bool = False

    def broadened(self, fruitless: int) -> bool:
        """Say whether so many fruitless iterations in a row widen the limits."""
        return self.broaden_after is not None and fruitless >= self.broaden_after

    def limits(self, *, fruitless: int) -> Limits:
        """Return how far an edit may go after so many fruitless iterations in a row."""
        wide = self.broadened(fruitless)
        return Limits(
            max_bytes=self.max_bytes,
            sections=self.sections,
            max_edits=self.max_edits * (WIDER_EDITS if wide else 1),
            max_lines=self.max_lines * (WIDER_LINES if wide else 1),
        )


def needs(params: Params) -> Needs:
    """Return what the meta model needs."""
    return asked_needs(params)
