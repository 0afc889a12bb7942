"""The turn of a make beside others: judged and recorded on today's head, or recorded unjudged."""

from dataclasses import dataclass

from runner.core.receipt import Campaign, MakeReceipt, Plan, Refusal
from runner.iteration.beside import (
    Beside,
    adopt,
    lay_away,
    looked_at,
    misfit,
    put_down,
    recorded,
    taken_over,
)
from runner.iteration.folder import RunFolder
from runner.iteration.lead import as_it_stands
from runner.iteration.parts import Declared, Parts
from runner.iteration.past import past_of
from runner.iteration.run import Iterated, Run
from runner.iteration.show import show


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Where makes beside are brought to their rows.

    Attributes:
        reopen: A person goes on though the last pull request was closed.
    """

    parts: Parts
    declared: Declared
    campaign: Campaign
    reopen: bool = False


@dataclass(frozen=True, slots=True)
class Turned:
    """What a turn came to; `counts` is False for a row that nobody judged."""

    iterated: Iterated
    counts: bool


def turn(table: Table, beside: Beside, planned: Plan | Refusal) -> Turned | None:
    """Bring a make to its row; None where there is none to record any more.

    Args:
        table: The effects.
        beside: The first that waits.
        planned: What the loop would run now.

    Raises:
        LoopError: as any stage; the make stays where it is.
    """
    begun, authority = beside.begun, table.campaign.authority
    if begun is not None and recorded(table.parts, begun, authority=authority):
        _finish(table, beside, begun)
        return None
    why = misfit(beside, planned, table.declared.spec)
    same = begun is not None and isinstance(planned, Plan) and begun.run == planned.run
    again = same and not why  # a run is the same where its code is another
    if begun is not None and not again and looked_at(beside):
        return _through(table, beside, begun)  # a look was spent, which a row must tell
    if not why and isinstance(planned, Plan):
        return _judge(table, beside, planned, begun=begun if again else None)
    if beside.made is None:
        lay_away(table.parts, beside, beside.asked)
        return None
    return _put_down(table, beside, why)


def _judge(table: Table, beside: Beside, planned: Plan, *, begun: Plan | None) -> Turned:
    if begun is not None:
        plan = begun.model_copy(update={"campaign": table.campaign})
        beside.folder.forget("record", "publish")
    else:
        plan = taken_over(beside, planned)
        adopt(beside, plan, _standing(table, beside, plan))
    return _through(table, beside, plan)


def _standing(table: Table, beside: Beside, plan: Plan) -> MakeReceipt:
    if beside.made is None:
        raise ValueError("the turn of a make that has not ended")
    return as_it_stands(
        table.declared,
        plan,
        beside.made,
        asked=beside.asked,
        past=past_of(table.parts, plan),
    )


def _finish(table: Table, beside: Beside, begun: Plan) -> None:
    """Lay a make away whose run was killed between its push and this; `logs` asks for a receipt."""
    if beside.folder.read("make", MakeReceipt) is not None:
        _run(table, beside, begun).record()
    lay_away(table.parts, beside, begun)


def _through(table: Table, beside: Beside, plan: Plan) -> Turned:
    done = _run(table, beside, plan).iterate()
    lay_away(table.parts, beside, plan)
    return Turned(done, counts=True)


def _run(table: Table, beside: Beside, plan: Plan) -> Run:
    return Run(
        parts=table.parts,
        declared=table.declared,
        plan=plan,
        folder=RunFolder(beside.folder.path),
        reopen=table.reopen,
    )


def _put_down(table: Table, beside: Beside, why: str) -> Turned:
    put = put_down(table.parts, table.declared, beside, table.campaign, why=why)
    shown = None
    if table.parts.forge is not None:
        shown = show(table.parts, table.declared, put.plan.campaign, reopen=table.reopen)
    lay_away(table.parts, beside, put.plan)
    return Turned(Iterated(put.plan, put.recorded, shown), counts=False)
