"""What a check answers, and how several answers make one."""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.gate.question import GuardState


@dataclass(frozen=True, slots=True)
class Answer:
    """A check's state with its grounds.

    Attributes:
        state: `holds`, `broken`, or `not_evaluated`, which is not a pass.
        why: A sentence for the plain row; holds no held-out number.
        seen: The same with the numbers; sealed unless the candidate is accepted.
    """

    state: GuardState
    why: str
    seen: str


def skipped(why: str) -> Answer:
    """Say that a check could not run, and why."""
    return Answer("not_evaluated", why, why)


def joined(parts: Sequence[Answer]) -> Answer:
    """Make one answer of the parts of a check: the worst state, and why it is so.

    Broken is worse than not evaluated: what was seen weighs more than what was not.
    """
    states = {part.state for part in parts}
    worst: GuardState = next((s for s in _WORST_FIRST if s in states), "not_evaluated")
    return Answer(
        worst,
        " and ".join(part.why for part in parts if part.state == worst),
        ", ".join(part.seen for part in parts),
    )


_WORST_FIRST: tuple[GuardState, ...] = ("broken", "not_evaluated", "holds")
