"""Compose the row of a finished run from its receipts; pure."""

from dataclasses import dataclass

from runner.core.head import Head
from runner.core.receipt import CheckReceipt, MakeReceipt, Plan, VerdictReceipt
from runner.core.row import Cost, Look, Row, Verdict, total


@dataclass(frozen=True, slots=True)
class Outcome:
    """The receipts of a run that is over; `checked` and `verdict` are None without a look."""

    made: MakeReceipt
    checked: CheckReceipt | None
    verdict: VerdictReceipt | None


def compose(plan: Plan, outcome: Outcome) -> Row:
    """Return the row, chained to the head that the plan started from."""
    made, verdict = outcome.made, outcome.verdict
    accepted = verdict is not None and verdict.verdict in {"accept", "keep", "baseline"}
    return Row(
        number=plan.number,
        kind=plan.kind,
        run=plan.run,
        mark=plan.mark,
        prev=_previous(plan),
        spec=plan.spec,
        reset_digest=plan.reset_digest,
        eval=plan.eval,
        code=plan.tried or plan.code,
        line=plan.line,
        hypothesis=plan.hypothesis,
        seed=plan.seed,
        parent=plan.parent,
        candidate=made.candidate,
        incumbent=plan.incumbent,
        verdict=_verdict(outcome),
        reason=_reason(outcome),
        dev=made.dev,
        figures=dict(made.made.figures),
        look=verdict.look if verdict else Look(),
        attempts=made.attempts,
        surface=made.surface if accepted else plan.surface,
        error=made.failure or (outcome.checked.failure if outcome.checked else None),
        heldout=verdict.heldout if verdict else None,
        gate=verdict.gate if verdict else None,
        controls=verdict.controls if verdict else None,
        scores=verdict.scores if verdict else None,
        cost=_cost(outcome),
        isolation=(outcome.checked or made).isolation,
        host=made.host,
        started=plan.started,
        finished=(outcome.checked or made).finished,
    )


def supersede(row: Row, head: Head, *, why: str = "") -> Row:
    """Return the row of a run that lost a race: it follows `head`, with its cost and its look.

    Args:
        row: The row that the run was to leave.
        head: The fold that it follows.
        why: What the other was faster at; "" where it recorded a row of this number.
    """
    first = why or f"row {row.number} was recorded by another run first"
    return row.model_copy(
        update={
            "number": head.number + 1,
            "prev": head.last,
            "verdict": "superseded",
            "reason": f"{first}; this run had come to: {row.verdict}",
            "surface": head.surface,
            "heldout": None,
            "gate": None,
            "controls": None,
            "incumbent": head.incumbent,
        }
    )


def rechain(row: Row, head: Head) -> Row:
    """Return a confirm row that follows `head`: what a lock-box said holds wherever it stands."""
    return row.model_copy(update={"number": head.number + 1, "prev": head.last})


def _previous(plan: Plan) -> str:
    return plan.head.last if plan.head else ""


def _verdict(outcome: Outcome) -> Verdict:
    made, checked = outcome.made, outcome.checked
    if made.outcome != "candidate":
        return made.outcome
    if checked is not None and checked.outcome != "arms":
        return checked.outcome
    if outcome.verdict is None:
        raise ValueError("a checked candidate has no verdict yet")
    return outcome.verdict.verdict


def _reason(outcome: Outcome) -> str:
    if outcome.made.outcome != "candidate":
        return outcome.made.reason
    if outcome.checked is not None and outcome.checked.outcome != "arms":
        return outcome.checked.reason
    return outcome.verdict.reason if outcome.verdict else ""


def _cost(outcome: Outcome) -> Cost:
    return total([outcome.made.cost, *([outcome.checked.cost] if outcome.checked else [])])
