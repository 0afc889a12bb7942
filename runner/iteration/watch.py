"""A monitor's stages: what is watched, the receipt of a make that there is not, the reference."""

import tempfile
from pathlib import Path

from runner.core.errors import LoopError
from runner.core.head import Head
from runner.core.manifest import candidate_id
from runner.core.receipt import MakeReceipt, Plan, Refusal
from runner.core.row import Cost, Host, Row, row_path, scores_path
from runner.core.score import CaseScore
from runner.gate.receipt import opened_scores
from runner.iteration.parts import Declared, Parts
from runner.plan.decide import Question, decide
from runner.plan.watch import WATCHED, Target, decide_watch
from runner.record.past import read_head, read_rows
from runner.repo.repo import Repo
from runner.seal.suffix import unpack

NOTE = "watched.txt"
"""File of a candidate that stands for what a check's own command asks."""


class WatchError(LoopError):
    """What is watched, or what it is compared with, is not here."""


def plan_watch(parts: Parts, declared: Declared, question: Question) -> Plan | Refusal:
    """Return a monitor's next run, or why there is none; spends nothing.

    Raises:
        WatchError: the watched loop has no such candidate, or a commit is to be tried.
    """
    if question.tried is not None:
        raise WatchError(
            f"loop {declared.spec.loop} is a monitor and has no gate to put a commit through; "
            f"git-loop run {declared.spec.loop} checks what it watches"
        )
    if question.reset is not None:
        return decide(question)  # a reset's row; the run after it measures a new reference
    target = target_of(parts, declared)
    head, authority = question.head, question.campaign.authority
    last = None if head is None or authority is None else newest_look(parts.repo, authority, head)
    return decide_watch(question, target, last=last)


def newest_look(repo: Repo, authority: str, head: Head) -> Row | None:
    """Return the newest row that looked at cases, or a reset after it; None before the first."""
    for number in range(head.number, -1, -1):
        (row,) = read_rows(repo, authority, head, numbers=(number,))
        if row.kind == "reset" or row.verdict == "baseline" or row.look.spent:
            return row
    return None


def drift_before(repo: Repo, authority: str, head: Head, number: int) -> Row | None:
    """Return the row at which the drift began that went on when row `number` was recorded."""
    found = None
    for earlier in range(number - 1, -1, -1):
        (row,) = read_rows(repo, authority, head, numbers=(earlier,))
        if row.verdict in {"steady", "baseline"}:
            break
        if row.verdict == "drifted":
            found = row
    return found


def target_of(parts: Parts, declared: Declared) -> Target:
    """Return what a monitor watches, as it stands now.

    Raises:
        WatchError: the watched loop has no such candidate.
    """
    watch = declared.spec.watching
    if watch.of is None:
        words = watch.path or "what the check's command asks"
        return Target(None, words)
    if watch.candidate == "promoted":
        from runner.record.promotion import Shelf  # noqa: PLC0415 - few monitors follow one

        _, known = Shelf(parts.repo, parts.remote, watch.of).held()
        if not known.promotions:
            raise WatchError(f"nothing of loop {watch.of} is in use; git-loop promote {watch.of}")
        last = known.promotions[-1]
        return Target(last.candidate, f"row {last.row} of loop {watch.of}, in use")
    ref = f"refs/loops/{watch.of}"
    commit = parts.repo.remote_refs(parts.remote, (ref,)).get(ref) or parts.repo.resolve(ref)
    if commit is not None and parts.repo.resolve(commit) is None:
        parts.repo.fetch(parts.remote, (ref,))
    head = read_head(parts.repo, commit, watch.of)
    if head is None or head.incumbent is None:
        raise WatchError(f"loop {watch.of} has no baseline yet; git-loop run {watch.of}")
    return Target(head.incumbent, f"row {head.incumbent_row} of loop {watch.of}")


def taken(parts: Parts, declared: Declared, plan: Plan) -> MakeReceipt:
    """Return the receipt of a make that there is not: what is watched stands as it is.

    Raises:
        WatchError: the candidate is not in the store here, or the path is missing.
        LoopError: the store refuses it, or the disk.
    """
    candidate = plan.refs.get(WATCHED) or _put(parts, declared)
    if not parts.store.has(candidate):
        raise WatchError(
            f"candidate {candidate[:12]} is not in {parts.store.where}; run where it was made, or "
            "share a store (LOOP_STORE)"
        )
    return MakeReceipt(
        outcome="candidate",
        candidate=candidate,
        attempts=0,
        cost=Cost(),
        isolation=parts.isolation,
        sandbox=parts.sandbox,
        machine=parts.machine,
        host=Host(device=parts.device, versions=dict(parts.versions)),
        finished=parts.clock.now().isoformat(timespec="seconds"),
    )


def _put(parts: Parts, declared: Declared) -> str:
    """Put what lies at the watched path into the store, or a note of what the command asks."""
    watch = declared.spec.watching
    source = None if watch.path is None else parts.repo.top / watch.path
    if source is not None and not source.exists():
        raise WatchError(
            f"{source} is missing; loops/{declared.spec.loop}.yaml names it as watch.path"
        )
    if source is not None and source.is_dir():
        return candidate_id(parts.store.put(source))
    with tempfile.TemporaryDirectory(prefix="watched-", dir=parts.home) as folder:
        if source is None:
            text = f"loop {declared.spec.loop} checks what its command asks\n"
            Path(folder, NOTE).write_text(text, encoding="utf-8")
        else:
            Path(folder, source.name).write_bytes(source.read_bytes())
        return candidate_id(parts.store.put(Path(folder)))


def reference(parts: Parts, declared: Declared, plan: Plan) -> tuple[CaseScore, ...]:
    """Return the per-case scores that a check is compared with, from the row that measured them.

    Raises:
        WatchError: they are not there.
        SealError: the key is missing or another one.
    """
    head, authority = plan.head, plan.campaign.authority
    assert head is not None  # noqa: S101 - a check has a reference
    assert head.incumbent_row is not None  # noqa: S101 - likewise
    (row,) = read_rows(parts.repo, str(authority), head, numbers=(head.incumbent_row,))
    for sealed in (True, False):
        path = scores_path(row_path(head.loop, row.number), sealed=sealed)
        data = parts.repo.read(str(authority), path)
        if data is not None:
            plain = unpack(data, name=path, identity=parts.identity)
            return opened_scores(plain).arms["candidate"]
    raise WatchError(
        f"the scores of row {row.number}, the reference of loop {head.loop}, are not beside it; "
        f'git-loop reset {declared.spec.loop} --reason "..." has a new one measured'
    )
