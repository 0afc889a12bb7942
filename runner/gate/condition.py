"""All that an accept or keep must meet beside the test: guards, critical cases, checks."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.gate.check.answer import Answer
from runner.gate.check.table import run_checks
from runner.gate.guard import all_hold, guard_states
from runner.gate.question import GuardState, Question
from runner.gate.wording import broken_checks, broken_guards
from runner.spec.gate_check import PREFIX


@dataclass(frozen=True, slots=True)
class Conditions:
    """How the conditions of a question stand.

    Attributes:
        guards: Guard name, or `critical`, to its state.
        checks: Name of each check that was asked for, to its answer.
    """

    guards: dict[str, GuardState]
    checks: Mapping[str, Answer]

    @property
    def states(self) -> dict[str, GuardState]:
        """Every state by the name that a row shows; a check is `check:<name>`."""
        return self.guards | {f"{PREFIX}{name}": found.state for name, found in self.checks.items()}

    @property
    def hold(self) -> bool:
        """Whether nothing is broken and nothing was skipped."""
        return all_hold(self.states)

    @property
    def veto(self) -> str:
        """What does not hold and why, without a held-out number; "" if all holds."""
        found = (broken_guards(self.guards), broken_checks(self.checks))
        return " and ".join(filter(None, found))

    @property
    def seen(self) -> str:
        """What each check saw, with its numbers; "" if none was asked for."""
        words = {"holds": "holds", "broken": "is broken", "not_evaluated": "was not evaluated"}
        return "".join(
            f"; check {name} {words[found.state]} ({found.seen})"
            for name, found in self.checks.items()
        )


def conditions(question: Question) -> Conditions:
    """Evaluate every guard, the critical cases and every check of a gate.

    Raises:
        GateError: an arm's lines are malformed.
    """
    return Conditions(guards=guard_states(question), checks=run_checks(question))
