"""Verdicts in words.

Two sentences per verdict: the reason stands in the plain row, where the next proposer and the next
human may read it, and so holds no held-out number unless the gain is claimed; the detail holds
them all and is sealed with the scores.
"""

from collections.abc import Mapping

from runner.core.row import SMALLEST_P, GateNumbers
from runner.gate.check.answer import Answer
from runner.gate.question import GuardState


def numbers_in_words(numbers: GateNumbers, *, key: str) -> str:
    """Say what was seen on the primary key: counts, mean with interval, p against its level."""
    spread, sign = "", "<=" if numbers.p <= SMALLEST_P else "="
    if numbers.interval is not None:
        spread = f", 95 % interval {numbers.interval[0]:+.3f} to {numbers.interval[1]:+.3f}"
    return (
        f"{key} {numbers.d:+.4f} ({numbers.wins} wins, {numbers.losses} losses of {numbers.n} "
        f"held-out cases{spread}; p {sign} {numbers.p:.4g} at level {numbers.alpha:.4g}, "
        f"look {numbers.looks})"
    )


def invisible(n: int) -> str:
    """Return the closing note of every claim on n cases (the rule of three)."""
    return f"; a failure rate below 3/{n} = {min(1.0, 3 / n):.3g} is invisible here"


def broken_guards(states: Mapping[str, GuardState]) -> str:
    """Name the guards that do not hold; "" if all do."""
    found = [f"guard {name} {_VETO[state]}" for name, state in states.items() if state != "holds"]
    return " and ".join(found)


def broken_checks(answers: Mapping[str, Answer]) -> str:
    """Name the checks that do not hold, and why; "" if all do."""
    found = [
        f"check {name} {_VETO[answer.state]}: {answer.why}"
        for name, answer in answers.items()
        if answer.state != "holds"
    ]
    return " and ".join(found)


_VETO: dict[GuardState, str] = {
    "broken": "is broken",
    "not_evaluated": "was not evaluated, which is not a pass",
}
