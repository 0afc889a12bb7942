"""Repositories as large as a firm's: loops and rows recorded by the engine's own code.

Every row is appended by what `runner.record` appends by: folded, rendered, committed and pushed by
compare-and-swap to the embedded forge, though many loops with each push. Only the numbers in them
are not new: the first loop runs a baseline and an iteration as whole processes, and all other rows
are those two under their own spec, number, run and candidate, whose files lie in the store. So
`verify` holds.
"""

import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from engine_clock import output_of
from engine_ground import CHECK, MAKE, Ground, fresh, git_loop

from runner.core.head import Head
from runner.core.manifest import candidate_id
from runner.core.receipt import Campaign, RecordReceipt
from runner.core.row import EvalRef, Row, row_path, scores_path
from runner.iteration.folder import RunFolder
from runner.iteration.parts import Declared
from runner.ledger.chain import run_id
from runner.ledger.fold import fold
from runner.ledger.reset import Stamp, reset_row
from runner.record.book import AUTHOR, Book, Held
from runner.record.past import read_head, read_rows
from runner.record.record import Entry
from runner.record.record import _branch_parent as record_branch_parent
from runner.record.record import _commits as record_commits
from runner.record.record import _shifted as record_shifted
from runner.repo.build import NewCommit
from runner.repo.ref import RefUpdate
from runner.wiring.declare import declare_many
from runner.wiring.environment import Environment, read_environment
from runner.wiring.forge import settle_base
from runner.wiring.house import House, house_of
from runner.wiring.look import loops

SPEC = """\
version: 1
loop: {name}
surface: [text/{name}.md]
make: {{command: [/bin/sh, make.sh]}}
check: {{command: [/bin/sh, check.sh]}}
propose: {{kind: none}}
stop: {{patience: 100, max_iterations: 1000000}}
"""
RESET_EVERY = 90  # below the patience, which would end the loop
ROWS_AT_ONCE, LOOPS_AT_ONCE = 500, 50
"""What one push appends while loops grow."""
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A baseline and an iteration that truly ran, with the per-case scores beside them."""

    rows: tuple[Row, ...]
    scores: tuple[bytes | None, ...]


def loop_name(number: int) -> str:
    """Return the name of a loop of such a repository."""
    return f"loop-{number:06d}"


def repository(place: Path, *, count: int, rows: int, merged: bool) -> Ground:
    """Make a repository of `count` loops with `rows` rows each.

    Args:
        place: A folder of its own.
        count: How many loops.
        rows: Rows of each, at least 2.
        merged: After half of the rows every campaign was merged into the base, as one commit.
    """
    names = [loop_name(number) for number in range(count)]
    files = {"make.sh": MAKE, "check.sh": CHECK}
    for name in names:
        files |= {f"loops/{name}.yaml": SPEC.format(name=name), f"text/{name}.md": f"{name}\n"}
    place.mkdir(parents=True, exist_ok=True)
    ground = fresh(place, files)
    for _ in range(2):
        output_of(ground.command(git_loop(), "run", names[0], "--no-publish"))
    house = house_of(ground.folder, environment_of(ground))
    pattern = _pattern(house, names[0])
    declared = declare_many(house.repo.top, names)
    half = max(2, rows // 2) if merged else rows
    grow(house, declared, pattern, half)
    if merged:
        _merge(house, names)
        grow(house, declared, pattern, rows)
    return ground


def grow(house: House, loops_: Sequence[Declared], pattern: Pattern, total: int) -> None:
    """Append rows until each loop has `total`, some hundred with each push."""
    todo = [_Maker(house, each, pattern) for each in loops_]
    while todo:
        appended = [made for each in todo[:LOOPS_AT_ONCE] if (made := _appended(each, total))]
        if appended:
            _push(house, appended)
        ended = {each.maker.declared.spec.loop for each in appended if each.number + 1 < total}
        first = [each for each in todo[:LOOPS_AT_ONCE] if each.declared.spec.loop in ended]
        todo = first + todo[LOOPS_AT_ONCE:]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Appended:
    """What one push adds to a loop: the authority's commits, then the branch's."""

    maker: "_Maker"
    entries: tuple[Entry, ...]
    commits: tuple[NewCommit, ...]
    held: Held
    number: int


def _appended(maker: "_Maker", total: int) -> _Appended | None:
    """Build what `record` would, without a process for each loop: nobody else writes here."""
    repo, name = maker.house.repo, maker.declared.spec.loop
    book = Book(
        repo=repo,
        remote=maker.house.site.remote,
        spec=maker.declared.spec,
        evaluation=maker.declared.evaluation,
    )
    base = repo.head()
    held = Held(repo.resolve(book.authority), repo.resolve(book.branch), base)
    head = read_head(repo, held.authority, name)
    count = min(total - (0 if head is None else head.number + 1), ROWS_AT_ONCE)
    if count <= 0:
        return None
    entries = tuple(maker.entries(head, count))
    commits, after = record_commits(book, entries, head=head, held=held, when=WHEN)
    campaign = Campaign(tip=held.branch, authority=held.authority, base=base)
    onto, graft = record_branch_parent(book, campaign, held)
    branch = [
        replace(
            commit,
            parents=(index - 1 if index else onto,),
            folders={} if index else graft,
        )
        for index, commit in enumerate(commits)
    ]
    both = (*commits, *record_shifted(branch, by=len(commits)))
    return _Appended(maker=maker, entries=entries, commits=both, held=held, number=after.number)


def _push(house: House, appended: Sequence[_Appended]) -> None:
    commits: list[NewCommit] = []
    for each in appended:
        commits += record_shifted(each.commits, by=len(commits))
    shas = iter(house.repo.build(commits))
    updates = []
    for each in appended:
        name, mine = each.maker.declared.spec.loop, [next(shas) for _ in each.commits]
        authority, tip = mine[len(each.entries) - 1], mine[-1]
        updates.append(RefUpdate(f"refs/loops/{name}", authority, each.held.authority))
        updates.append(RefUpdate(f"refs/heads/loop/{name}", tip, each.held.branch))
        each.maker.leave_runs(each.entries, authority=authority, tip=tip)
    pushed = house.repo.push(house.site.remote, updates).pushed
    if not (pushed and house.repo.update_refs(updates)):
        raise SystemExit("the rows could not be pushed")


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the rows of one loop, and what a run leaves on the machine."""

    house: House
    declared: Declared
    pattern: Pattern

    def entries(self, head: Head | None, count: int) -> Iterator[Entry]:
        for _ in range(count):
            number = 0 if head is None else head.number + 1
            if head is not None and number % RESET_EVERY == 0:
                entry = Entry(row=self._reset(head), surface={})
            else:
                entry = self._entry(head, number)
            head = fold(head, entry.row, self.declared.spec)
            yield entry

    def _reset(self, head: Head) -> Row:
        first, declared = self.pattern.rows[0], self.declared
        stamp = Stamp(
            spec=declared.spec_digest,
            reset_digest=declared.reset_digest,
            eval=self._eval(),
            eval_digest=declared.eval_digest,
            code=first.code,
            isolation=first.isolation,
            host=first.host,
            at=first.started,
        )
        return reset_row(head, reason="a new idea", seed=declared.spec.seed, stamp=stamp)

    def _entry(self, head: Head | None, number: int) -> Entry:
        kind = min(number, 1)
        declared, last = self.declared, "" if head is None else head.last
        row = self.pattern.rows[kind].model_copy(
            update={
                "number": number,
                "prev": last,
                "run": run_id(
                    spec=declared.spec_digest,
                    eval_digest=declared.eval_digest,
                    last=last,
                    number=number,
                ),
                "mark": secrets.token_hex(8),
                "spec": declared.spec_digest,
                "reset_digest": declared.reset_digest,
                "eval": self._eval(),
                "seed": declared.spec.seed + (0 if head is None else head.next_seed),
                "candidate": self._candidate(number),
                "incumbent": None if head is None else head.incumbent,
                "parent": None if head is None else head.working,
            }
        )
        return Entry(row=row, scores=self.pattern.scores[kind], surface={})

    def _eval(self) -> EvalRef:
        evaluation = self.declared.evaluation
        return EvalRef(
            id=evaluation.eval, version=evaluation.version, heldout=self.declared.heldout
        )

    def _candidate(self, number: int) -> str:
        """Store what a maker of this row would have left; return the candidate's id."""
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as name:
            text = f'{{"loop": "{self.declared.spec.loop}", "number": {number}}}\n'
            (Path(name) / "model.json").write_text(text)
            return candidate_id(self.house.store.put(Path(name)))

    def leave_runs(self, entries: Sequence[Entry], *, authority: str, tip: str) -> None:
        """Leave the run directories of rows that this machine made."""
        runs = self.house.home / "runs" / self.declared.spec.loop
        for entry in entries:
            folder = RunFolder(runs / entry.row.run[:16])
            folder.create()
            folder.write("record", RecordReceipt(row=entry.row, authority=authority, tip=tip))


def _pattern(house: House, name: str) -> Pattern:
    authority = house.repo.resolve(f"refs/loops/{name}")
    head = read_head(house.repo, authority, name)
    if authority is None or head is None:
        raise SystemExit("the first loop has no rows")
    rows = read_rows(house.repo, authority, head, numbers=(0, 1))
    paths = [scores_path(row_path(name, row.number), sealed=False) for row in rows]
    return Pattern(rows, tuple(house.repo.read(authority, path) for path in paths))


def _merge(house: House, names: Sequence[str]) -> None:
    """Merge every campaign: the base holds the state of all loops, here and at the forge."""
    repo, before = house.repo, house.repo.head()
    folders = {f"state/{n}": f"refs/heads/loop/{n}:state/{n}" for n in names}
    merge = NewCommit(
        parents=(before,), files={}, message="merged", author=AUTHOR, when=WHEN, folders=folders
    )
    (new,) = repo.build([merge])
    repo.update_refs([RefUpdate("refs/heads/main", new, before)])
    repo.git.run("reset", "--quiet", "--hard")
    bare = house.site.bare
    held = None if bare is None else bare.resolve("refs/heads/main")
    settle_base(repo, house.site, branch="main", commit=new, held=held)


def environment_of(ground: Ground) -> Environment:
    """Return what git-loop reads in a repository of ours, without starting it."""
    variables = dict(ground.environment)
    home = Path(variables["LOOP_HOME"])
    found = read_environment()
    return replace(
        found, home=home, variables=variables, api_url=None, store=None, sandbox=None, crash_at=""
    )


def all_names(ground: Ground) -> tuple[str, ...]:
    """Return the loops of a repository."""
    return loops(house_of(ground.folder, environment_of(ground)))


def discard(ground: Ground) -> None:
    """Give the space of a repository back."""
    shutil.rmtree(ground.folder.parent, ignore_errors=True)
