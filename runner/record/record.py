"""Append rows to a loop: its refs move in one push, or the lost race is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from runner.core.canonical import canonical
from runner.core.crash import reach
from runner.core.errors import LoopError
from runner.core.head import Head
from runner.core.receipt import Campaign, Plan
from runner.core.row import Row, row_bytes, row_path, scores_path
from runner.evals.box import asked_path
from runner.ledger.fold import fold
from runner.record.book import AUTHOR, Book, Held, Recorded
from runner.record.compose import rechain, supersede
from runner.record.latch import LAST, LATCHES, Asked, Latch, latch_of
from runner.record.mirror import mirror
from runner.record.past import landed, read_head, read_rows, read_tail
from runner.repo.build import NewCommit
from runner.repo.error import RepoError
from runner.repo.ref import RefUpdate
from runner.report.message import commit_message
from runner.report.state import render_state
from runner.report.view import recorded_view

TRIES = 16
SHOWN = 50


class RecordError(LoopError):
    """A row that could not be recorded; the run directory still holds everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row to append, and the files that go with it.

    Attributes:
        scores: Sealed per-case scores, committed beside the row.
        surface: Path to content of the surface files that the row puts on the branch.
        beside: Path to content of other files that lie beside the row.
        asked: What the cases of an opened lock-box ask.
        latch: Of that lock-box; made by the push that records the row, or the push is lost.
    """

    row: Row
    scores: bytes | None = None
    asked: Asked | None = None
    latch: Latch | None = None
    surface: Mapping[str, bytes]
    beside: Mapping[str, bytes] = field(default_factory=dict)


def record(book: Book, plan: Plan, entries: Sequence[Entry], *, when: datetime) -> Recorded:
    """Append the entries, the run's own row last; a replay finds its row and appends nothing.

    Args:
        book: The loop's refs.
        plan: What the run set out from.
        entries: A due reset row, if any, and the run's row.
        when: Wall time of the commits.

    Raises:
        RecordError: the refs kept moving.
        RepoError: git or the remote refuses.
    """
    for _ in range(TRIES):
        held = book.held()  # looked at before the first push too: a merge moves neither ref
        head, late = read_head(book.repo, held.authority, book.spec.loop), entries
        if held.authority != plan.campaign.authority and head is not None:
            done = _replayed(book, plan, entries[-1].row, head=head, held=held)
            if done is not None:
                return done
            late = [_late(entries[-1], head)]
        late = _latched(book, late, head)
        recorded = _append(book, plan.campaign, late, head=head, held=held, when=when)
        if recorded is not None:
            reach("pushed")
            mirrored = mirror(book, recorded, before=held)
            reach("mirrored")
            return replace(recorded, mirrored=mirrored)
    raise RecordError(
        f"{book.authority} moved {TRIES} times while row {entries[-1].row.number} was recorded; "
        "run again to finish"
    )


def _late(entry: Entry, head: Head) -> Entry:
    """Return the entry of a run that lost a race: nothing moves, and its number is another."""
    first = entry.row.kind == "confirm" and entry.row.eval.heldout not in head.opened
    row = rechain(entry.row, head) if first else supersede(entry.row, head)
    return replace(entry, row=row, surface={}, beside={})


def _latched(book: Book, entries: Sequence[Entry], head: Head | None) -> Sequence[Entry]:
    """Return the entries with the latch of the lock-box that the last one opens, if it does.

    Another loop may have opened the same one, or cases of it, at the same moment: whoever made the
    latch was first, and whoever comes after compares with what it asked.
    """
    own = entries[-1]
    latch = latch_of(book, own.row, own.asked)
    if latch is None or head is None:
        return entries
    if not latch.why:
        return [*entries[:-1], replace(own, latch=latch)]
    return [replace(own, row=supersede(own.row, head, why=latch.why), surface={}, beside={})]


def _replayed(book: Book, plan: Plan, own: Row, *, head: Head, held: Held) -> Recorded | None:
    """Return where the run's own row is recorded; another machine's of the same plan is not it."""
    numbers = range(plan.number, head.number + 1)
    if held.authority is None:
        return None
    tip = held.branch or held.authority  # a branch deleted since does not undo what is recorded
    for row in read_rows(book.repo, held.authority, head, numbers=numbers):
        if (row.run, row.mark) == (own.run, own.mark):
            return Recorded(row=row, head=head, authority=held.authority, tip=tip)
    return None


def _append(
    book: Book,
    campaign: Campaign,
    entries: Sequence[Entry],
    *,
    head: Head | None,
    held: Held,
    when: datetime,
) -> Recorded | None:
    """Build and push the commits; None when someone else moved a ref first."""
    commits, after = _commits(book, entries, head=head, held=held, when=when)
    last = len(entries) - 1
    onto, graft = _branch_parent(book, campaign, held)
    commits[0] = replace(commits[0], parents=(*commits[0].parents, *_left(book, held, onto=onto)))
    projected = [
        replace(
            commit,
            parents=(onto if index == 0 else index - 1,),
            files={**commit.files, **entries[index].surface},
            folders=graft if index == 0 else {},
        )
        for index, commit in enumerate(commits)
    ]
    shas = book.repo.build([*commits, *_shifted(projected, by=len(commits))])
    latch = entries[-1].latch
    recorded = Recorded(
        row=entries[-1].row,
        head=after,
        authority=shas[last],
        tip=shas[len(commits) + last],
        latch=None if latch is None else latch.ref,
    )
    reach("commit_built")
    updates = _updates(book, recorded, held=held, latch=latch)
    return recorded if _pushed(book, updates, latch=latch) else None


def _pushed(book: Book, updates: Sequence[RefUpdate], *, latch: Latch | None) -> bool:
    try:
        return book.repo.push(book.remote, updates).pushed
    except RepoError as err:
        if latch is None:
            raise
        raise RecordError(
            f"{err}; an opened lock-box is pushed to {LATCHES}*, too: if the server takes no such "
            f"refs, allow them, then git-loop confirm {book.spec.loop} records what came out"
        ) from err


def _updates(book: Book, recorded: Recorded, *, held: Held, latch: Latch | None) -> list[RefUpdate]:
    """Return what is pushed: first the latch, without which there is no row, last the branch."""
    new = recorded.authority
    opened = () if latch is None else ((LAST, latch.last), (latch.ref, latch.old))
    return [
        *(RefUpdate(ref, new, old) for ref, old in opened),
        RefUpdate(book.authority, recorded.authority, held.authority),
        RefUpdate(book.branch, recorded.tip, held.branch),
    ]


def _shifted(commits: Sequence[NewCommit], *, by: int) -> list[NewCommit]:
    return [
        replace(c, parents=tuple(p + by if isinstance(p, int) else p for p in c.parents))
        for c in commits
    ]


def _commits(
    book: Book, entries: Sequence[Entry], *, head: Head | None, held: Held, when: datetime
) -> tuple[list[NewCommit], Head]:
    """Return the authority's commits, one per entry, and the fold after the last."""
    tail = () if head is None else _tail(book, held, head)
    commits = []
    for index, entry in enumerate(entries):
        head = fold(head, entry.row, book.spec)
        tail = (*tail, entry.row)[-SHOWN:]
        parents: tuple[str | int, ...] = (index - 1,) if index else ()
        if index == 0 and held.authority is not None:
            parents = (held.authority,)
        commits.append(
            NewCommit(
                parents=parents,
                files=_files(book, entry, head=head, tail=tail),
                message=commit_message(entry.row, spec=book.spec, stop=head.stop),
                author=AUTHOR,
                when=when,
            )
        )
    assert head is not None  # noqa: S101 - there is at least one entry
    return commits, head


def _tail(book: Book, held: Held, head: Head) -> tuple[Row, ...]:
    assert held.authority is not None  # noqa: S101 - there is a head
    return read_tail(book.repo, held.authority, head, count=SHOWN)


def _files(book: Book, entry: Entry, *, head: Head, tail: Sequence[Row]) -> dict[str, bytes]:
    loop = book.spec.loop
    path = row_path(loop, entry.row.number)
    files = {
        path: row_bytes(entry.row),
        f"state/{loop}/head.json": canonical(head.model_dump(mode="json")),
        f"state/{loop}/LOOP_STATE.md": _state(book, head, tail).encode(),
    }
    if entry.scores is not None:
        files[scores_path(path, sealed=book.evaluation.recipient is not None)] = entry.scores
    if entry.asked is not None:
        files[asked_path(path)] = entry.asked.data
    return files | dict(entry.beside)


def _state(book: Book, head: Head, tail: Sequence[Row]) -> str:
    return render_state(recorded_view(book.spec, book.evaluation, head, tail))


def _left(book: Book, held: Held, *, onto: str) -> tuple[str, ...]:
    """Return the tip that a branch which starts anew would leave behind, commits of people too.

    As a further parent of the authority's next commit it stays reachable for good.
    """
    tip = held.branch
    if tip is None or tip == onto or held.authority is None:
        return ()
    if book.repo.is_ancestor(tip, onto):
        return ()
    return () if book.repo.is_ancestor(tip, held.authority) else (tip,)


def _branch_parent(book: Book, campaign: Campaign, held: Held) -> tuple[str, dict[str, str]]:
    """Return the commit that the branch goes on from, and the state to graft onto it.

    Human commits on the branch stay below ours. A new campaign starts from the base, also where
    the old one was merged since the run was planned. Either way the branch gets all rows that the
    authority holds, also those that a push which moved one ref only left behind.
    """
    folder, loop = f"state/{book.spec.loop}", book.spec.loop
    graft = {folder: f"{held.authority}:{folder}"} if held.authority else {}
    if campaign.tip is None and held.branch in {None, campaign.replaces}:
        return campaign.base, graft
    tip = held.branch or campaign.tip or campaign.base
    if held.base is not None and landed(book.repo, loop, base=held.base, branch=tip):
        return held.base, graft
    return tip, graft
