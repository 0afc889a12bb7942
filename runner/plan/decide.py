"""Decide the next run of a loop from its past, its spec and its campaign; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.core.canonical import canonical, digest
from runner.core.head import Head, Stop
from runner.core.receipt import Campaign, Plan, Refusal
from runner.core.row import EvalRef, Host, Isolation, Row
from runner.ledger.budget import reserve
from runner.ledger.chain import run_id
from runner.ledger.fold import fold
from runner.ledger.queue import Step, baseline_due, next_step
from runner.ledger.reset import Stamp, eval_part, reset_reason, reset_row
from runner.ledger.stop import stop
from runner.spec.model import PlugInMake, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All that a plan depends on.

    Attributes:
        eval_digest: Digest of the eval's declaration.
        spec_digest: Digest of the spec's data.
        reset_digest: Digest of what counts as something new when it changes.
        code: Commit that maker and checker code is read from.
        head: The fold of all rows; None before the first.
        surface: Path to sha256 of the surface files as they stand where the run builds on.
        host: For the reset row, should one be due.
        started: Wall time, ISO 8601, for display.
        tried: Commit that `try` puts through the gate.
        reset: Why the user resets by hand.
        mark: Random hex digits that tell this plan from an equal one made elsewhere.
    """

    spec: Spec
    eval: EvalRef
    eval_digest: str
    spec_digest: str
    reset_digest: str
    code: str
    campaign: Campaign
    head: Head | None
    surface: Mapping[str, str]
    host: Host
    started: str
    tried: str | None = None
    reset: str | None = None
    mark: str = ""


def decide(question: Question) -> Plan | Refusal:
    """Return the next run, or why the loop rests."""
    reset = due_reset(question)
    head = question.head
    if reset is not None:
        head = fold(head, reset, question.spec)
    halt = resting(question, head)
    if halt is not None:
        return Refusal(loop=question.spec.loop, stop=halt)
    return _plan(question, head=head, step=_step(question, head), reset=reset)


def due_reset(question: Question) -> Row | None:
    """Return the reset row that a changed spec, or a person, asks for.

    None where a forced baseline follows anyway: it does a reset's work and pays its price. Before
    the first baseline nothing was looked at, and where the loop does not rest either, mending the
    spec has nothing to set back and costs nothing.
    """
    head = question.head
    if head is None or (_fresh(head) and question.reset is None and not stop(head, question.spec)):
        return None
    reason = question.reset or reset_reason(head.reset_digest, question.reset_digest)
    if reason is None or _forced(question, head):
        return None
    stamp = Stamp(
        spec=question.spec_digest,
        reset_digest=question.reset_digest,
        eval=question.eval,
        eval_digest=question.eval_digest,
        code=question.code,
        isolation=Isolation(level="open", probe="nothing ran"),
        host=question.host,
        at=question.started,
    )
    return reset_row(head, reason=reason, seed=question.spec.seed, stamp=stamp)


def resting(question: Question, head: Head | None) -> Stop | None:
    """Return why the loop may not go on.

    A due baseline, or a commit that a person puts through the gate, goes past every stop but an
    empty purse.
    """
    halt = stop(head, question.spec)
    passes = question.tried is not None or (head is not None and _forced(question, head))
    return None if halt is not None and passes and halt.name != "budget" else halt


def _fresh(head: Head) -> bool:
    return head.incumbent is None and not any(head.looks.values())


def _forced(question: Question, head: Head) -> bool:
    return head.incumbent is not None and _due(question, head) is not None


def _due(question: Question, head: Head | None) -> str | None:
    return baseline_due(
        head,
        eval_ref=question.eval,
        surface=question.surface,
        scored_by=_scored_by(question),
    )


def _scored_by(question: Question) -> str:
    return eval_part(question.reset_digest) if question.spec.edits_text else ""


def _step(question: Question, head: Head | None) -> Step:
    if question.tried is None or _due(question, head) is not None:
        return next_step(
            head,
            question.spec,
            eval_ref=question.eval,
            surface=question.surface,
            scored_by=_scored_by(question),
        )
    make = question.spec.make
    return Step(
        kind="iteration",
        line=question.spec.lines()[0],
        hypothesis=f"try-{question.tried[:8]}",
        seed=question.spec.seed + (head.next_seed if head else 0),
        with_=dict(make.with_) if isinstance(make, PlugInMake) else {},
        reason="a commit put through the gate by hand",
    )


def _plan(question: Question, *, head: Head | None, step: Step, reset: Row | None) -> Plan:
    number = 0 if head is None else head.number + 1
    first = step.kind == "baseline"
    tried = None if first else question.tried
    run = run_id(
        spec=question.spec_digest,
        eval_digest=question.eval_digest,
        last="" if head is None else head.last,
        number=number,
    )
    whys = {h.id: h.why for h in question.spec.hypotheses}
    return Plan(
        run=digest(canonical([run, tried])) if tried else run,
        mark=question.mark,
        loop=question.spec.loop,
        number=number,
        kind=step.kind,
        line=step.line,
        hypothesis=step.hypothesis,
        why=whys.get(step.hypothesis or "") or step.reason,
        params=step.with_,
        seed=step.seed,
        spec=question.spec_digest,
        reset_digest=question.reset_digest,
        eval=question.eval,
        code=question.code,
        parent=None if first or head is None else head.working,
        incumbent=None if first or head is None else head.incumbent,
        surface=dict(question.surface),
        reset=reset,
        head=head,
        campaign=question.campaign,
        tried=tried,
        reserve_usd=reserve(head, question.spec),
        started=question.started,
    )
