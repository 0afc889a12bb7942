"""Which tools an agent reaches for, and what it gets by them."""

from collections import Counter
from collections.abc import Collection

from pydantic import NonNegativeFloat, NonNegativeInt

from runner.core.frozen import Frozen
from runner.report.estimate import Estimate
from runner.report.experience import figure
from runner.report.experience.attempt import Turn, over


class ToolMix(Frozen):
    """One agent's habits over a set of tasks.

    Attributes:
        label: Turn or candidate.
        shares: Tool to its share of all calls; they add up to 1 unless there was no call.
        calls: Calls per episode.
        writes: Calls per episode of tools that change the world.
        strict: Share of episodes solved, higher is better.
        broken: Share of episodes that broke a guard, lower is better.
    """

    label: str
    episodes: NonNegativeInt
    shares: dict[str, NonNegativeFloat]
    calls: Estimate
    writes: Estimate
    partial: Estimate
    strict: Estimate
    broken: Estimate


def tool_mix(turn: Turn, *, writing: Collection[str], seed: int = 0) -> ToolMix:
    """Fold a turn into habits.

    Args:
        turn: What its model did.
        writing: The tools that change the world.
        seed: Of the intervals.
    """
    every = [episode for task in turn.tasks for episode in task.episodes]
    counts = sum(map(figure.tool_counts, every), Counter[str]())
    return ToolMix(
        label=turn.label,
        episodes=len(every),
        shares={tool: count / counts.total() for tool, count in sorted(counts.items())},
        calls=over(turn.tasks, figure.calls, seed=seed),
        writes=over(turn.tasks, lambda task: figure.writes(task, writing), seed=seed),
        partial=over(turn.tasks, figure.partial, seed=seed),
        strict=over(turn.tasks, figure.strict, seed=seed),
        broken=over(turn.tasks, figure.broken, seed=seed),
    )
