"""Two arms of a question, compared; and what else a verdict asks of a candidate."""

from runner.gate.aggregate import split_key
from runner.gate.declaration import direction_of
from runner.gate.pair import Paired, pair
from runner.gate.question import Question


def compare(question: Question) -> Paired:
    """Pair the arms of a question on its primary key.

    Raises:
        GateError: the eval does not declare the primary metric, or an arm's lines are malformed.
    """
    return compare_on(question, question.gate.primary)


def compare_on(question: Question, key: str) -> Paired:
    """Pair the arms of a question on any declared key.

    Raises:
        GateError: the eval does not declare the metric, or an arm's lines are malformed.
    """
    return pair(
        question.candidate,
        question.incumbent,
        key=key,
        direction=direction_of(question.eval, key),
        on_error=question.eval.on_error,
        expected=question.expected,
    )


def ahead_on_dev(question: Question) -> bool:
    """Say whether the candidate is strictly ahead of the working parent on dev."""
    if question.dev is None:
        return False
    parent, candidate = question.dev
    higher = direction_of(question.eval, question.gate.primary) == "max"
    return candidate > parent if higher else candidate < parent


def shorter(question: Question) -> bool:
    """Say whether the spec prefers shorter surfaces, and this one is and is not behind on dev."""
    if not question.gate.simpler or question.surface is None:
        return False
    before, after = question.surface
    level = question.dev is None or question.dev[0] == question.dev[1] or ahead_on_dev(question)
    return level and after < before


def measured(question: Question) -> bool:
    """Say whether the candidate answered at least one case: equal failures are no equal score."""
    metric, _ = split_key(question.gate.primary)
    return any(not line.failed and metric in line.metrics for line in question.candidate)


UNMEASURED = "the candidate broke on every case, so nothing was measured"
