"""The verdict on a candidate."""

from runner.gate.fixtures import decide_fixtures
from runner.gate.paired import decide_paired
from runner.gate.question import Decision, Question
from runner.gate.scalar import decide_scalar

_KINDS = {"paired": decide_paired, "fixtures": decide_fixtures, "scalar": decide_scalar}


def decide(question: Question) -> Decision:
    """Decide by the gate's kind; the same scores in any order give the same decision.

    Raises:
        GateError: scores that no verdict can be built on (doubled or unasked-for cases, an unknown
            primary metric), or a gate that does not fit them (`min_delta` 0 on graded scores).
            The iteration is then an `error`, and no look is spent.
    """
    return _KINDS[question.gate.kind](question)
