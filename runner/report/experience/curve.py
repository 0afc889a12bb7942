"""pass@k: how many tasks somebody solves who may try k times and keep the best."""

import math
from collections.abc import Callable, Sequence
from functools import partial

from pydantic import PositiveInt

from runner.core.episode import Mark
from runner.core.frozen import Frozen
from runner.report.error import ReportError
from runner.report.escape import escape
from runner.report.estimate import Estimate
from runner.report.experience.attempt import Attempts, Turn, over
from runner.report.experience.cell import estimated
from runner.report.table import table


class Point(Frozen):
    """What k tries are worth.

    Attributes:
        strict: Share of tasks that one of k tries solves, in [0, 1], higher is better.
        coverage: Share of tasks that one of k tries gets anything of.
    """

    k: PositiveInt
    strict: Estimate
    coverage: Estimate


class Curve(Frozen):
    """pass@k of one agent, from one try to as many as every task had."""

    agent: str
    points: tuple[Point, ...]


def pass_at(k: int, *, tried: int, passed: int) -> float:
    """Return the chance that one of k tries passes, drawn from `tried` without replacement.

    Unbiased, unlike 1 - (1 - passed / tried)^k.

    Raises:
        ReportError: more tries are asked for than were made.

    Source: M. Chen et al., "Evaluating large language models trained on code" (2021).
    """
    if not 1 <= k <= tried:
        raise ReportError(f"pass@{k} takes 1 to {tried} tries, as many as were made of each task")
    return 1 - math.comb(tried - passed, k) / math.comb(tried, k)


def curve(turn: Turn, *, seed: int = 0) -> Curve:
    """Fold scored episodes into a curve at k = 1, 2, 4... and the fewest tries of a task.

    Args:
        turn: What an agent did; its label names the curve.
        seed: Of the intervals.
    """
    most = min(len(task.marks) for task in turn.tasks)
    ks = sorted({*(2**n for n in range(most.bit_length())), most})
    points = tuple(
        Point(
            k=k,
            strict=over(turn.tasks, partial(_share, k, _strict), seed=seed),
            coverage=over(turn.tasks, partial(_share, k, _any), seed=seed),
        )
        for k in ks
    )
    return Curve(agent=turn.label, points=points)


def curve_table(curves: Sequence[Curve]) -> str:
    """Return a row per agent and k; "" without a curve."""
    header = ("agent", "k", "pass@k (95 %)", "coverage@k (95 %)")
    return table(
        header,
        (
            (escape(each.agent), str(point.k), estimated(point.strict), estimated(point.coverage))
            for each in curves
            for point in each.points
        ),
    )


def _share(k: int, passes: Callable[[Mark], bool], task: Attempts) -> float:
    return pass_at(k, tried=len(task.marks), passed=sum(map(passes, task.marks)))


def _strict(mark: Mark) -> bool:
    return mark.strict


def _any(mark: Mark) -> bool:
    return mark.partial > 0
