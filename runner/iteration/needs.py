"""What a plan's parameters name: rows become candidates, before anything is spent."""

from collections.abc import Mapping

from runner.core.head import Head
from runner.core.receipt import Plan
from runner.core.row import Row
from runner.iteration.parts import Declared, Parts
from runner.record.past import read_rows
from runner.spec.model import PlugInMake


def with_needs(parts: Parts, declared: Declared, plan: Plan, *, head: Head | None) -> Plan:
    """Return the plan with the candidates of the rows that its parameters name.

    A row that does not exist or made no candidate is no reason to stop a queue: the run is planned
    and fails with that reason, so that the next hypothesis gets its turn.

    Args:
        parts: The effects.
        declared: Spec and eval.
        plan: What was decided.
        head: The fold of all recorded rows.
    """
    make = declared.spec.make
    if not isinstance(make, PlugInMake):
        return plan
    needs = parts.plug_ins.needs("maker", make.kind, plan.params)
    if not needs.rows:
        return plan.model_copy(update={"folders": needs.folders})
    rows = _rows(parts, plan, head, needs.rows)
    named = f'hypothesis "{plan.hypothesis}"' if plan.hypothesis else "make.with"
    faults = [
        fault for number in needs.rows.values() if (fault := _fault(rows.get(number), number, head))
    ]
    refs = {role: rows[n].candidate for role, n in needs.rows.items() if n in rows}
    return plan.model_copy(
        update={
            "folders": needs.folders,
            "refs": {role: name for role, name in refs.items() if name is not None},
            "unmet": f"{named} names {faults[0]}" if faults else "",
        }
    )


def _rows(parts: Parts, plan: Plan, head: Head | None, wanted: Mapping[str, int]) -> dict[int, Row]:
    authority = plan.campaign.authority
    if authority is None or head is None:
        return {}
    numbers = sorted({number for number in wanted.values() if number <= head.number})
    return {row.number: row for row in read_rows(parts.repo, authority, head, numbers=numbers)}


def _fault(row: Row | None, number: int, head: Head | None) -> str | None:
    if row is None:
        there = "none yet" if head is None else f"rows 0 to {head.number}"
        return f"row {number}, and the loop has {there}"
    if row.candidate is None:
        return f"row {number}, which made no candidate ({row.verdict or row.kind})"
    return None
