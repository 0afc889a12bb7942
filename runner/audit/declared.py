"""Does each row name what was declared at its commit, and is it the run that followed?"""

from collections.abc import Iterator, Mapping, Sequence

from runner.audit.finding import Check, Tally
from runner.audit.step import Declaration, Step
from runner.core.canonical import canonical, digest
from runner.core.head import Head
from runner.core.row import Row
from runner.ledger.chain import run_id

Workings = dict[str | None, Mapping[str, float]]
"""Each working parent that a loop had so far, and its scores on dev."""
AHEAD = 64
"""Turns that a make may have been asked for ahead of the one in which it was judged."""
UNKNOWN = "it lost a race or was put down, and set out from a row that is not recorded"


def declarations(found: Sequence[Step]) -> Check:
    """Compare the digests of spec, eval and held-out split with those at the row's commit."""
    tally = Tally("declared", "rows name spec, eval and held-out split as they are at their commit")
    for step in found:
        if isinstance(step.declared, str):
            tally.leave(step.row.number, step.declared)
            continue
        wrong = list(_named(step.row, step.declared))
        for what, pair in wrong:
            text = f"row {step.row.number}: {what} is not that of {step.declared.commit[:12]}"
            tally.fault(step.row.number, step.leaf.path, text, pair=pair)
        tally.hold(not wrong)
    return tally.done()


def _named(row: Row, declared: Declaration) -> Iterator[tuple[str, tuple[str, str]]]:
    pairs = {
        "spec": (declared.spec_digest, row.spec),
        "eval.id": (declared.evaluation.eval, row.eval.id),
        "eval.version": (str(declared.evaluation.version), str(row.eval.version)),
        "eval.heldout": (_looked_at(row, declared), row.eval.heldout),
        "reset_digest": (declared.reset_digest, row.reset_digest),
    }
    yield from ((name, pair) for name, pair in pairs.items() if pair[0] != pair[1])


def _looked_at(row: Row, declared: Declaration) -> str:
    """Return the digest of the cases that a row looked at; a lock-box's takes the key to know."""
    if row.kind != "confirm":
        return declared.heldout
    return declared.box or row.eval.heldout


def runs(found: Sequence[Step]) -> Check:
    """Check that each row is the run that the rows before it lead to, from the parents they left.

    The id of a run digests spec, eval, the last row and the number, so a row that was moved to
    another place, or made under another eval, is not its own.
    """
    tally = Tally("runs", "runs follow from the rows before them")
    workings: Workings = {None: {}}
    for step in found:
        row = step.row
        if step.before is not None:
            workings[step.before.working] = step.before.working_dev
        if isinstance(step.declared, str):
            tally.leave(row.number, step.declared)
        elif row.verdict == "superseded":
            if set_out(step, found) is None:
                tally.leave(row.number, UNKNOWN)
            else:
                tally.hold()
        else:
            if row.kind == "confirm":
                wrong = list(_confirm(step, found))
            else:
                wrong = list(_run(row, step.before, step.declared, workings))
            for what, pair in wrong:
                text = f"row {row.number}: {what} is not what the rows before it lead to"
                tally.fault(row.number, step.leaf.path, text, pair=pair)
            tally.hold(not wrong)
    return tally.done()


def _run(
    row: Row, before: Head | None, declared: Declaration, workings: Workings
) -> Iterator[tuple[str, tuple[str, str]]]:
    own = _id(row, before, declared)
    if row.run not in {own, digest(canonical([own, row.code]))}:  # the second was tried by hand
        yield "run", (own, row.run)
    seed = declared.spec.seed + (0 if before is None or row.kind == "reset" else before.next_seed)
    # what was made beside others has the seed of the turn for which it was asked
    if row.seed != seed and not declared.spec.seed <= row.seed <= seed + AHEAD:
        yield "seed", (str(seed), str(row.seed))
    first = row.kind == "baseline" or before is None
    parent, incumbent = (None, None) if first or not before else (before.working, before.incumbent)
    if row.parent != parent and (first or row.parent not in workings):
        yield "parent", (parent or "(none)", row.parent or "(none)")
    if row.incumbent != incumbent:
        yield "incumbent", (incumbent or "(none)", row.incumbent or "(none)")
    parents = workings.get(row.parent, {}) if row.kind == "iteration" else {}
    for key, (was, _) in row.dev.items():
        if was != parents.get(key):
            yield f"dev.{key} of the parent", (str(parents.get(key)), str(was))


def _confirm(step: Step, found: Sequence[Step]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield what of a confirm row does not follow: it may have been begun some rows before."""
    row = step.row
    begun = set_out(step, found) or step
    assert not isinstance(begun.declared, str)  # noqa: S101 - its own was seen before
    assert not isinstance(step.declared, str)  # noqa: S101 - likewise
    own = _id(row, begun.before, step.declared)
    if row.run != own:
        yield "run", (own, row.run)
    tested = None if begun.before is None else begun.before.incumbent
    if row.candidate != tested:
        yield "candidate", (tested or "(none)", row.candidate or "(none)")
    known = {each.before.incumbent for each in found[: row.number] if each.before is not None}
    if row.incumbent not in known:
        yield "incumbent", ("an earlier incumbent", row.incumbent or "(none)")


def _id(row: Row, before: Head | None, declared: Declaration) -> str:
    number, last = (0, "") if before is None else (before.number + 1, before.last)
    return run_id(spec=row.spec, eval_digest=declared.eval_digest, last=last, number=number)


def set_out(step: Step, found: Sequence[Step]) -> Step | None:
    """Return the step whose past a superseded run was planned from; None where it is not here.

    Its own, where it lost no number but a lock-box, which another loop had opened. Looked for from
    there back: who won the race was recorded just before, however many rows there are.
    """
    if isinstance(step.declared, str):
        return None
    for number in range(min(step.row.number, len(found) - 1), -1, -1):
        earlier = found[number]
        own = _id(step.row, earlier.before, step.declared)
        if step.row.run in {own, digest(canonical([own, step.row.code]))}:
            return earlier
    return None
