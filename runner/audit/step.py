"""The fold made again, row by row, each with the spec that it was recorded under."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from runner.audit.finding import Check, Tally
from runner.audit.ledger import Leaf, Ledger
from runner.core.canonical import canonical, digest
from runner.core.head import Head
from runner.core.row import Row
from runner.evals.model import Eval
from runner.ledger.chain import ChainError
from runner.ledger.fold import fold
from runner.report.state import render_state
from runner.report.view import recorded_view
from runner.spec.model import Spec

SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A loop as it was declared when a row was recorded.

    Attributes:
        commit: Where it was found.
        box: Digest of the lock-box; None where there is none or the key is not here.
        identity: The age identity that opens what was sealed to its eval; None if not here.
    """

    commit: str
    spec: Spec
    evaluation: Eval
    spec_digest: str
    eval_digest: str
    heldout: str
    reset_digest: str
    box: str | None = None
    identity: str | None = None


Declare = Callable[[Row], "Declaration | str"]
"""Returns what a row was recorded under, or why that cannot be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row with what came before it.

    Attributes:
        before: The fold of all rows before; None at row 0.
        after: The fold with this row; None where it does not follow.
        declared: What it was recorded under, or why that cannot be had.
    """

    leaf: Leaf
    row: Row
    before: Head | None
    after: Head | None
    declared: Declaration | str


def steps(ledger: Ledger, declare: Declare, *, otherwise: Spec | None = None) -> tuple[Step, ...]:
    """Fold all rows anew; ends at the first that is no row or does not follow the one before.

    Args:
        ledger: The authority.
        declare: Says what a row was recorded under.
        otherwise: The spec to fold with until a row's own is found, as in a shallow clone.
    """
    return tuple(_steps(ledger, declare, otherwise))


def _steps(ledger: Ledger, declare: Declare, spec: Spec | None) -> Iterator[Step]:
    head: Head | None = None
    for leaf in ledger.leaves:
        if leaf.row is None:
            return
        declared = declare(leaf.row)
        if isinstance(declared, Declaration):
            spec = declared.spec
        after = None if spec is None else _fold(head, leaf.row, spec)
        yield Step(leaf=leaf, row=leaf.row, before=head, after=after, declared=declared)
        if after is None:
            return
        head = after


def _fold(head: Head | None, row: Row, spec: Spec) -> Head | None:
    try:
        return fold(head, row, spec)
    except ChainError:
        return None


def heads(ledger: Ledger, found: tuple[Step, ...]) -> Check:
    """Compare the head that each commit holds with the fold of all rows up to it."""
    tally = Tally("heads", "heads are the fold of all rows before them")
    path = f"{ledger.folder}/head.json"
    for step in found:
        number = step.row.number
        if step.after is None or isinstance(step.declared, str):
            why = step.declared if isinstance(step.declared, str) else "the chain is broken here"
            tally.leave(number, why)
            continue
        last = number == ledger.leaves[-1].number
        commit = ledger.authority if last or step.leaf.commit is None else step.leaf.commit.sha
        data = ledger.repo.read(commit, path)
        if _head(data) == step.after:
            tally.hold()
            continue
        pair = (digest(canonical(step.after.model_dump(mode="json"))), _named(data))
        text = f"not the fold of rows 0 to {number}, at {commit[:12]}{_differs(data, step.after)}"
        tally.fault(number, path, text, pair=pair)
    _rest(tally, ledger, len(found))
    return tally.done()


def _rest(tally: Tally, ledger: Ledger, count: int) -> None:
    for leaf in ledger.leaves[count:]:
        tally.leave(leaf.number, "the chain is broken before it")


def _head(data: bytes | None) -> Head | None:
    try:
        return Head.model_validate_json(data or b"")
    except ValidationError:
        return None


def _differs(data: bytes | None, head: Head) -> str:
    found = _head(data)
    if found is None:
        return ", and no head of this version"
    ours, theirs = head.model_dump(), found.model_dump()
    return f": {', '.join(name for name in ours if ours[name] != theirs[name])} differ"


def _named(data: bytes | None) -> str:
    return "(no file)" if data is None else digest(data)


def page(ledger: Ledger, found: tuple[Step, ...], *, version: str) -> Check:
    """Compare `LOOP_STATE.md` with what the rows render to.

    Args:
        ledger: The authority.
        found: The fold.
        version: This program's; another one may have rendered other words.
    """
    tally = Tally("page", "LOOP_STATE.md is what the rows render to")
    last = found[-1] if found else None
    if last is None or last.after is None or len(found) < len(ledger.leaves):
        tally.leave(None, "the chain is broken, so there is no state to render")
        return tally.done()
    if isinstance(last.declared, str):
        tally.leave(last.row.number, last.declared)
        return tally.done()
    wrote = last.row.host.versions.get("git-loop", version)
    tail = [step.row for step in found[-SHOWN:]]
    view = recorded_view(last.declared.spec, last.declared.evaluation, last.after, tail)
    want, path = render_state(view), f"{ledger.folder}/LOOP_STATE.md"
    have = (ledger.repo.read(ledger.authority, path) or b"").decode(errors="replace")
    if have == want:
        tally.hold()
    elif wrote != version:
        tally.leave(last.row.number, f"git-loop {wrote} wrote it, and this is {version}")
    else:
        pair = (digest(want.encode()), digest(have.encode()))
        line = _first_wrong(want, have)
        tally.fault(last.row.number, path, "not what the rows say", line=line, pair=pair)
    return tally.done()


def _first_wrong(want: str, have: str) -> int:
    """Return the number of the first line that differs, from 1."""
    ours, theirs = want.splitlines(), have.splitlines()
    same = (a == b for a, b in zip(ours, theirs, strict=False))
    return next(
        (n for n, equal in enumerate(same, 1) if not equal), min(len(ours), len(theirs)) + 1
    )
