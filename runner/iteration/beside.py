"""Makes done side by side: all asked for at once, each judged and recorded when its turn comes.

A make beside lies in `LOOP_HOME/<repository>/beside/<loop>/` from the moment that it is asked for
until its row is recorded, so that a crash at any moment loses none and makes none twice.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from runner.core.errors import LoopError
from runner.core.file import sync_folder
from runner.core.head import Head
from runner.core.receipt import Campaign, CheckReceipt, MakeReceipt, Plan, RecordReceipt, Refusal
from runner.core.row import Row
from runner.iteration.append import book_of
from runner.iteration.folder import RunFolder
from runner.iteration.needs import with_needs
from runner.iteration.parts import Declared, Parts
from runner.iteration.plan import run_path
from runner.ledger.chain import run_id
from runner.ledger.stop import open_lines
from runner.plan.ahead import INDEPENDENT, ahead
from runner.record.compose import Outcome, compose
from runner.record.past import read_head, read_rows
from runner.record.record import Entry, record
from runner.spec.model import Spec

ASKED, MADE = "asked", "beside"
"""Receipts of the folder: the plan as it was asked for, and the make as it came out."""


class BesideError(LoopError):
    """Makes of this loop cannot be done side by side."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A make beside others; `made` is None until it has ended."""

    folder: RunFolder
    asked: Plan
    made: MakeReceipt | None

    @property
    def begun(self) -> Plan | None:
        """Return the plan that took the make over, if its turn has come."""
        return self.folder.read("plan", Plan)


@dataclass(frozen=True, slots=True)
class Put:
    """A make that was recorded without being judged."""

    plan: Plan
    recorded: RecordReceipt


def require_independent(spec: Spec) -> None:
    """Refuse a loop whose next hypothesis hangs on how the last one came out, and a monitor.

    Raises:
        BesideError: its proposer looks at the last outcome, or it makes nothing.
    """
    if spec.monitors:
        raise BesideError(
            f"loop {spec.loop} makes nothing that could be made beside it; "
            "run it without --parallel"
        )
    if spec.propose.kind not in INDEPENDENT:
        raise BesideError(
            f"loop {spec.loop}: propose.kind is {spec.propose.kind}, which decides on the next edit"
            " when it has seen how the last one came out, so nothing can be made beside it; run it"
            " without --parallel, or list hypotheses for propose.kind queue"
        )


def plans_ahead(parts: Parts, declared: Declared, first: Plan, *, most: int) -> tuple[Plan, ...]:
    """Return the plans that may be made beside `first`, itself first.

    One whose parameters name a row that is not recorded yet waits for it, and so do those after it.
    """
    head = read_head(parts.repo, first.campaign.authority, first.loop)
    plans = [first]
    for each in ahead(first, declared.spec, most=most - 1):
        plan = with_needs(parts, declared, each, head=head)
        if plan.unmet:
            break
        plans.append(plan)
    return tuple(plans)


def ask(parts: Parts, plan: Plan) -> None:
    """Leave what is to be made, so that it is known whatever happens from here on."""
    folder = RunFolder(_place(parts, plan.loop) / f"{plan.number:06d}-{plan.mark[:8]}")
    folder.create()
    folder.write(ASKED, plan)


def waiting(parts: Parts, loop: str) -> tuple[Beside, ...]:
    """Return the makes beside whose row is not recorded, in the order of their numbers."""
    found = []
    for path in sorted(_place(parts, loop).glob("*-*")):
        folder = RunFolder(path)
        asked = folder.read(ASKED, Plan)
        if asked is not None:  # else the run died before it had asked
            found.append(Beside(folder, asked, folder.read(MADE, MakeReceipt)))
    return tuple(found)


def misfit(beside: Beside, planned: Plan | Refusal, spec: Spec) -> str:
    """Say why a make can no longer be judged, or "" if its turn may come."""
    if isinstance(planned, Refusal):
        return f"the loop rests ({planned.stop.name})"
    asked = beside.asked
    if planned.kind == "baseline" or planned.eval != asked.eval:
        return "a baseline is due"
    if planned.code != asked.code:
        return f"the code is no longer that of {asked.code[:12]}"
    if _anew(planned) != _anew(asked):
        return "something new was injected since"
    if asked.line not in open_lines(planned.head, spec):
        return f"line {asked.line} has ended"
    return ""


def _anew(plan: Plan) -> tuple[str, dict[str, int]]:
    return plan.reset_digest, {} if plan.head is None else plan.head.resets


def taken_over(beside: Beside, planned: Plan) -> Plan:
    """Return today's plan for the row of a make that was asked for before.

    Number, incumbent and looks are today's; hypothesis, seed and parent are what it was made of.
    """
    asked = beside.asked
    return planned.model_copy(
        update={
            name: getattr(asked, name)
            for name in (
                *("mark", "line", "hypothesis", "why", "params", "seed"),
                *("parent", "refs", "folders", "unmet", "started"),
            )
        }
    )


def adopt(beside: Beside, plan: Plan, made: MakeReceipt) -> None:
    """Go on with a make as the run of a plan, from its check on."""
    folder = beside.folder
    folder.forget("check", "gate", "record", "publish")
    folder.write("make", made)
    folder.write("plan", plan)


def recorded(parts: Parts, plan: Plan, *, authority: str | None) -> bool:
    """Tell whether an authority holds the row of a plan."""
    head = read_head(parts.repo, authority, plan.loop)
    if head is None or authority is None:
        return False
    numbers = range(plan.number, head.number + 1)
    return any(
        row.mark == plan.mark for row in read_rows(parts.repo, authority, head, numbers=numbers)
    )


def looked_at(beside: Beside) -> bool:
    """Tell whether a look may have been spent on a make, so that its row must say so."""
    return beside.folder.read("check", CheckReceipt) is not None


def lay_away(parts: Parts, beside: Beside, plan: Plan) -> None:
    """Move a make whose row is recorded, or that is given up, to the other runs."""
    target = run_path(parts, plan)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():  # begun without others beside it, and never recorded
        shutil.rmtree(target)
    beside.folder.path.rename(target)
    sync_folder(beside.folder.path.parent)


def put_down(
    parts: Parts, declared: Declared, beside: Beside, campaign: Campaign, *, why: str
) -> Put:
    """Record what a make cost that nobody will judge, as a `superseded` row.

    Raises:
        LoopError: git, the remote or the disk refuses.
    """
    head = read_head(parts.repo, campaign.authority, declared.spec.loop)
    made = beside.made
    if head is None or made is None:
        raise BesideError(f"{beside.folder.path}: nothing of it can be recorded; delete it")
    plan = _last_plan(beside.asked, head, campaign)
    beside.folder.write("plan", plan)
    entry = Entry(row=_unjudged(plan, made, why), surface={})
    done = record(book_of(parts, declared), plan, [entry], when=parts.clock.now())
    receipt = RecordReceipt(
        row=done.row, authority=done.authority, tip=done.tip, stop=done.head.stop
    )
    beside.folder.write("record", receipt)
    return Put(plan, receipt)


def _last_plan(asked: Plan, head: Head, campaign: Campaign) -> Plan:
    """Return the plan of a row that injects nothing and moves nothing."""
    number = head.number + 1
    return asked.model_copy(
        update={
            "run": run_id(spec=head.spec, eval_digest=asked.mark, last=head.last, number=number),
            "number": number,
            "spec": head.spec,
            "reset_digest": head.reset_digest,
            "reset": None,
            "incumbent": head.incumbent,
            "surface": head.surface,
            "head": head,
            "campaign": campaign,
        }
    )


def _unjudged(plan: Plan, made: MakeReceipt, why: str) -> Row:
    row = compose(plan, Outcome(made.model_copy(update={"outcome": "reject"}), None, None))
    reason = f"made beside others and not judged, since {why}; the make had come to: {made.outcome}"
    return row.model_copy(update={"verdict": "superseded", "reason": reason})


def _place(parts: Parts, loop: str) -> Path:
    return parts.home / "beside" / loop
