"""Agents side by side: what they score, what a task costs, and what the harness makes of them."""

from collections.abc import Callable, Iterable, Sequence

from pydantic import NonNegativeFloat

from runner.core.episode import Episode
from runner.core.frozen import Frozen
from runner.report.escape import escape
from runner.report.estimate import Estimate, difference
from runner.report.experience import figure
from runner.report.experience.attempt import Turn, over, scored
from runner.report.experience.cell import changed, estimated
from runner.report.number import NONE, score
from runner.report.table import table


class Standing(Frozen):
    """One agent on one set of tasks.

    Attributes:
        partial: Mean over its attempts, higher is better.
        strict: Share of attempts that solved the task.
        broken: Share of attempts that broke a guard, lower is better.
        turns: Answers per episode; `calls` of tools, `tokens` read and written, likewise.
        refused: Share of calls that the world refused or nobody could read.
        task_usd: Dollars per episode.
        task_s: Seconds per episode.
    """

    agent: str
    partial: Estimate
    strict: Estimate
    broken: Estimate
    turns: NonNegativeFloat
    calls: NonNegativeFloat
    refused: NonNegativeFloat
    tokens: NonNegativeFloat
    task_usd: NonNegativeFloat
    task_s: NonNegativeFloat


class Harnessed(Frozen):
    """One agent under two harnesses.

    Attributes:
        native: What it scores when it may call tools as often as it likes.
        one_action: What it scores when each answer is one action.
        difference: Native less one-action, task by task.
    """

    agent: str
    native: Estimate
    one_action: Estimate
    difference: Estimate


def standing(turn: Turn, *, seed: int = 0) -> Standing:
    """Fold an agent's scored episodes into its place on the board."""
    every = [episode for task in turn.tasks for episode in task.episodes]
    calls = _per(every, lambda each: each.calls)
    return Standing(
        agent=turn.label,
        partial=over(turn.tasks, figure.partial, seed=seed),
        strict=over(turn.tasks, figure.strict, seed=seed),
        broken=over(turn.tasks, figure.broken, seed=seed),
        turns=_per(every, lambda each: each.turns),
        calls=calls,
        refused=_per(every, lambda each: each.refused) / calls if calls else 0.0,
        tokens=_per(every, lambda each: each.usage.tokens_in + each.usage.tokens_out),
        task_usd=_per(every, lambda each: each.cost_usd),
        task_s=_per(every, lambda each: each.seconds),
    )


def harnessed(native: Turn, one_action: Turn, *, seed: int = 0) -> Harnessed:
    """Compare an agent under two harnesses; the label of the first names it.

    Raises:
        ReportError: the two share no task.
    """
    both = [scored(turn.tasks, figure.partial) for turn in (native, one_action)]
    return Harnessed(
        agent=native.label,
        native=over(native.tasks, figure.partial, seed=seed),
        one_action=over(one_action.tasks, figure.partial, seed=seed),
        difference=difference(*both, seed=seed),
    )


def standing_table(standings: Iterable[Standing]) -> str:
    """Return a row per agent, the best first; "" without one.

    Agents whose intervals touch are not told apart by their order.
    """
    header = ("agent", "partial (95 %)", "solved", "guards broken", "turns", "calls", "refused")
    ranked = sorted(standings, key=lambda each: (-each.partial.mean, each.agent))
    rows = [
        (
            escape(each.agent),
            estimated(each.partial),
            score(each.strict.mean),
            score(each.broken.mean),
            f"{each.turns:.1f}",
            f"{each.calls:.1f}",
            score(each.refused),
            f"{each.tokens:.0f}",
            f"{each.task_usd:.2g}",
            f"{each.task_s:.2g}",
        )
        for each in ranked
    ]
    return table((*header, "tokens", "USD per task", "s per task"), rows)


def harness_table(found: Sequence[Harnessed]) -> str:
    """Return a row per agent; "" without one."""
    header = ("agent", "native (95 %)", "one action (95 %)", "difference (95 %)", "times")
    rows = [
        (
            escape(each.agent),
            estimated(each.native),
            estimated(each.one_action),
            changed(each.difference),
            f"{each.native.mean / each.one_action.mean:.1f}" if each.one_action.mean else NONE,
        )
        for each in found
    ]
    return table(header, rows)


def _per(episodes: Sequence[Episode], number: Callable[[Episode], float]) -> float:
    return sum(map(number, episodes)) / len(episodes)
