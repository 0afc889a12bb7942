"""The same experience as text in the context and as weights: what each costs per task."""

import math
from collections.abc import Sequence
from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt

from runner.core.frozen import Frozen
from runner.report.escape import escape
from runner.report.estimate import Estimate
from runner.report.experience.cell import changed, estimated
from runner.report.number import plural, score
from runner.report.table import table

Unit = Literal["USD", "CPU s"]
_DIGITS = 6


class Folded(Frozen):
    """One way of giving a model its experience.

    Attributes:
        name: `base`, `folded` (a skill file in the context), `weights`.
        partial: What it scores, higher is better.
        gain: The same less the base's score, case by case; None for the base itself.
        tokens_in: Tokens read per episode; `tokens_out` are those written.
        task_usd: Dollars per episode.
        task_s: CPU seconds per episode.
        once_usd: Dollars spent once, before the first task.
        once_s: CPU seconds spent once: training; 0 for a text that is only read.
    """

    name: str
    partial: Estimate
    gain: Estimate | None = None
    tokens_in: NonNegativeFloat
    tokens_out: NonNegativeFloat
    task_usd: NonNegativeFloat = 0
    task_s: NonNegativeFloat
    once_usd: NonNegativeFloat = 0
    once_s: NonNegativeFloat = 0


class Even(Frozen):
    """After how many tasks what was spent once is earned back.

    Attributes:
        tasks: None where each task costs as much or more.
        unit: What is counted.
    """

    tasks: NonNegativeInt | None
    unit: Unit


def unit_of(arms: Sequence[Folded]) -> Unit:
    """Return what arms are compared by: dollars where anything was charged, else CPU seconds."""
    return "USD" if any(each.task_usd or each.once_usd for each in arms) else "CPU s"


def per_unit(arm: Folded, unit: Unit) -> float | None:
    """Return the score per unit spent on a task; None where a task costs nothing."""
    spent = arm.task_usd if unit == "USD" else arm.task_s
    return arm.partial.mean / spent if spent else None


def even(weights: Folded, text: Folded, unit: Unit) -> Even:
    """Return after how many tasks weights have cost no more than text."""
    dollars = unit == "USD"
    once = weights.once_usd - text.once_usd if dollars else weights.once_s - text.once_s
    saved = text.task_usd - weights.task_usd if dollars else text.task_s - weights.task_s
    if once <= 0 <= saved:
        return Even(tasks=0, unit=unit)
    return Even(tasks=math.ceil(round(once / saved, _DIGITS)) if saved > 0 else None, unit=unit)


def folded_table(arms: Sequence[Folded]) -> str:
    """Return a row per way; "" without one."""
    unit = unit_of(arms)
    header = ("experience", "partial (95 %)", "less the base (95 %)", "tokens read", "written")
    rows = [
        (
            escape(each.name),
            estimated(each.partial),
            changed(each.gain),
            f"{each.tokens_in:.0f}",
            f"{each.tokens_out:.0f}",
            _spent(each.task_usd if unit == "USD" else each.task_s),
            _spent(each.once_usd if unit == "USD" else each.once_s),
            score(per_unit(each, unit)),
        )
        for each in arms
    ]
    return table((*header, f"{unit} per task", f"{unit} once", f"score per {unit}"), rows)


def even_words(found: Even, weights: Folded, text: Folded) -> str:
    """Say after how many tasks the weights are the cheaper of two ways."""
    pair = f"{escape(weights.name)} and {escape(text.name)}"
    if found.tasks is None:
        return f"Of {pair}, the weights never get cheaper: no task costs less {found.unit} by them."
    if found.tasks == 0:
        return f"Of {pair}, the weights cost less {found.unit} from the first task."
    return f"Of {pair}, the weights cost less {found.unit} after {plural(found.tasks, 'task')}."


def _spent(value: float) -> str:
    return f"{value:.3g}" if value else "0"
