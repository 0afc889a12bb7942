"""Decide what a monitor does next: measure a reference, check again, or wait; pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from runner.core.head import Head, Stop
from runner.core.receipt import Plan, Refusal
from runner.core.row import Row
from runner.gate.watch import SLACK
from runner.ledger.budget import reserve
from runner.ledger.chain import run_id
from runner.ledger.queue import baseline_due
from runner.ledger.reset import eval_part
from runner.ledger.stop import stop
from runner.plan.decide import Question
from runner.spec.model import Spec

WATCHED = "watched"
"""Role of the candidate that a monitor is to check, where another loop made it."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is watched, as it stands now.

    Attributes:
        candidate: Id of the watched loop's candidate; None where the check stage sees what is
            there: a path, or whatever the check's command asks.
        words: What it is, for people.
    """

    candidate: str | None
    words: str


def decide_watch(question: Question, target: Target, *, last: Row | None) -> Plan | Refusal:
    """Return a monitor's next run, or why there is none.

    Args:
        question: As for any loop.
        target: What is watched.
        last: The newest row that looked, or a reset after it; None before the first.
    """
    spec, head = question.spec, question.head
    halt = stop(head, spec)
    if halt is not None:
        return Refusal(loop=spec.loop, stop=halt)
    why = _new_reference(question, target)
    if last is not None and last.kind == "reset":
        why = last.reason
    if why is None and last is not None and (wait := waits(spec, last, now=question.started)):
        return Refusal(loop=spec.loop, stop=wait)
    plan = _plan(question, target, why=why)
    return plan if why is None else plan.model_copy(update={"parent": None, "incumbent": None})


def waits(spec: Spec, last: Row, *, now: str) -> Stop | None:
    """Return why the next check is not due, or None where it is.

    More checks than the spec's schedule would be more chances of a false alarm than it allows. A
    last row of the future says that a clock was wrong, and a monitor had better look.

    Args:
        spec: The monitor.
        last: The newest row that looked.
        now: Time, ISO 8601.
    """
    began, at = datetime.fromisoformat(last.started), datetime.fromisoformat(now)
    due = began + timedelta(days=SLACK * spec.watching.every_days)
    if at < began or at >= due:
        return None
    return Stop(
        name="waits",
        why=f"row {last.number} checked at {last.started}, and a check is due every "
        f"{spec.watching.every_days:g} days",
        mend=f"wait until {due.isoformat(timespec='minutes')}, or lower watch.every_days in "
        f"loops/{spec.loop}.yaml",
    )


def _new_reference(question: Question, target: Target) -> str | None:
    """Return why what is watched is measured anew, or None where there is a reference for it.

    Cases that were added or drawn anew are compared as they are; only another way to score is not.
    """
    head = question.head
    ref = question.eval
    if head is not None:
        ref = ref.model_copy(update={"heldout": head.eval_heldout})
    scored_by = eval_part(question.reset_digest)
    due = baseline_due(head, eval_ref=ref, scored_by=scored_by)
    if due is not None or head is None:
        return due
    if target.candidate not in {None, head.incumbent}:
        return f"{target.words} is watched from now on"
    return None


def _plan(question: Question, target: Target, *, why: str | None) -> Plan:
    head, spec = question.head, question.spec
    number = 0 if head is None else head.number + 1
    return Plan(
        run=run_id(
            spec=question.spec_digest,
            eval_digest=question.eval_digest,
            last="" if head is None else head.last,
            number=number,
        ),
        mark=question.mark,
        loop=spec.loop,
        number=number,
        kind="check" if why is None else "baseline",
        line=spec.lines()[0],
        hypothesis=None,
        why=why or f"{target.words} is checked again",
        seed=spec.seed + _offset(head),
        spec=question.spec_digest,
        reset_digest=question.reset_digest,
        eval=question.eval,
        code=question.code,
        parent=None if head is None else head.working,
        incumbent=None if head is None else head.incumbent,
        refs={} if target.candidate is None else {WATCHED: target.candidate},
        head=head,
        campaign=question.campaign,
        reserve_usd=reserve(head, spec),
        started=question.started,
    )


def _offset(head: Head | None) -> int:
    return 0 if head is None else head.next_seed
