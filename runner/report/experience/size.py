"""Model sizes: what one turn is worth to each."""

from collections.abc import Sequence

from pydantic import NonNegativeFloat, PositiveInt

from runner.core.frozen import Frozen
from runner.report.escape import escape
from runner.report.estimate import Estimate
from runner.report.experience.cell import changed, estimated
from runner.report.number import NONE, duration
from runner.report.table import table


class Size(Frozen):
    """One model before and after a turn.

    Attributes:
        parameters: How many the model has.
        base: What it scores before the turn, sampled; higher is better.
        trained: What it scores after it.
        gain: After less before, case by case.
        greedy_gain: The same where both answer greedily; None where nobody measured it.
        base_s: Seconds of making the base model.
        turn_s: Seconds of the turn: rollouts, curation, training.
    """

    name: str
    parameters: PositiveInt
    base: Estimate
    trained: Estimate
    gain: Estimate
    greedy_gain: Estimate | None = None
    base_s: NonNegativeFloat
    turn_s: NonNegativeFloat


def size_table(sizes: Sequence[Size]) -> str:
    """Return a row per model, the smallest first; "" without one."""
    header = ("model", "parameters", "base (95 %)", "after a turn (95 %)", "gain (95 %)", "times")
    rows = [
        (
            escape(each.name),
            count(each.parameters),
            estimated(each.base),
            estimated(each.trained),
            changed(each.gain),
            f"{each.trained.mean / each.base.mean:.1f}" if each.base.mean else NONE,
            changed(each.greedy_gain),
            duration(each.base_s),
            duration(each.turn_s),
        )
        for each in sorted(sizes, key=lambda each: (each.parameters, each.name))
    ]
    return table((*header, "greedy gain (95 %)", "making the base", "the turn"), rows)


def count(parameters: int) -> str:
    """Write a number of parameters as people say it: `940`, `0.56 M`, `9.2 B`."""
    for size, unit in ((10**9, " B"), (10**5, " M")):
        if parameters >= size:
            return f"{parameters / (10**9 if unit == ' B' else 10**6):.3g}{unit}"
    return str(parameters)
