"""The verbs that only look: status, show, logs, pull, and the embedded forge."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runner.core.errors import LoopError
from runner.core.field import NAME
from runner.core.file import is_plain
from runner.core.receipt import RecordReceipt
from runner.core.row import Row
from runner.forge.offline import Desk
from runner.iteration.folder import RunFolder
from runner.iteration.parts import Declared
from runner.iteration.show import view_of
from runner.ledger.reset import reset_reason
from runner.record.past import read_head, read_rows
from runner.report.view import CampaignView
from runner.wiring.declare import declare, declare_many
from runner.wiring.house import House, base_of
from runner.wiring.unknown import loop_names, unknown_loop

LOGS = "*.log"


class NothingThereError(LoopError):
    """A row, a run or a forge that does not exist."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A loop and where it stands; `view` is None before its first row."""

    declared: Declared
    view: CampaignView | None


@dataclass(frozen=True, slots=True)
class Pulled:
    """A candidate's files, copied out of the store.

    Attributes:
        folder: Where they lie now, writable.
        row: The row that made the candidate.
        files: Their paths below `folder`; those of ensemble members are in `members/<role>`.
    """

    folder: Path
    row: Row
    candidate: str
    files: tuple[str, ...]


def loops(house: House) -> tuple[str, ...]:
    """Return the names of all loops of the checkout."""
    return loop_names(house.repo.top)


def standing(house: House, name: str) -> Standing:
    """Return where a loop stands, as its authority ref says.

    Raises:
        LoopError: the spec is malformed, or the recorded state cannot be trusted.
    """
    return _standing(house, declare(house.repo.top, name), authority_of(house, name))


def _standing(house: House, declared: Declared, authority: str | None) -> Standing:
    if authority is None:
        return Standing(declared, None)
    base = _base(house, declared.spec.publish.base)
    view = view_of(house.repo, declared, authority=authority, base=base)
    if reset_reason(view.head.reset_digest, declared.reset_digest) is not None:
        view = replace(view, stop=None)  # something new was injected: the next run goes on
    return Standing(declared, view)


def _base(house: House, branch: str) -> str:
    """Return the base as the forge has it, which may hold a merge that this clone lacks."""
    held = None if house.site.bare is None else house.site.bare.resolve(f"refs/heads/{branch}")
    known = held is not None and house.repo.resolve(held) is not None
    return held if held is not None and known else base_of(house, branch)


def row(house: House, name: str, number: int | None) -> Row:
    """Return a row of a loop, the last one if no number is given.

    Raises:
        NothingThereError: there is no such row.
    """
    authority = recorded(house, name)
    head = read_head(house.repo, authority, name)
    if head is None:
        raise no_row(name)
    wanted = head.number if number is None else number
    if not 0 <= wanted <= head.number:
        raise NothingThereError(f"loop {name} has rows 0 to {head.number}, not {wanted}")
    return read_rows(house.repo, authority, head, numbers=(wanted,))[0]


def recorded(house: House, name: str) -> str:
    """Return the commit of a loop's authority ref.

    Raises:
        NothingThereError: the loop has no row.
        UnknownLoopError: it is neither declared nor recorded.
    """
    authority = authority_of(house, name)
    if authority is None:
        raise no_row(name)
    return authority


def no_row(name: str) -> NothingThereError:
    """Return the error for a loop that has no row."""
    return NothingThereError(f"loop {name} has no row yet; git-loop run {name} makes the first")


def authority_of(house: House, name: str) -> str | None:
    """Return the commit of a loop's authority ref, brought here from GitHub if it is there.

    Raises:
        UnknownLoopError: the loop is neither declared nor recorded; one whose spec was removed
            still has its rows.
    """
    ref = f"refs/loops/{name}"
    declared = "/" not in name and is_plain(house.repo.top / "loops" / f"{name}.yaml")
    if not declared and re.fullmatch(NAME, name) is None:  # git takes x~1 for another commit
        raise unknown_loop(house.repo.top, name)
    bring(house, ref)
    found = house.repo.resolve(ref)
    if found is None and not declared:
        raise unknown_loop(house.repo.top, name)
    return found


def bring(house: House, pattern: str = "refs/loops/*") -> None:
    """Bring authority refs here from GitHub as far as they moved there: one look, one fetch."""
    if house.site.bare is not None:
        return
    held = house.repo.remote_refs(house.site.remote, (pattern,))
    moved = [ref for ref, sha in held.items() if house.repo.resolve(ref) != sha]
    if moved:
        house.repo.fetch(house.site.remote, [f"+{ref}:{ref}" for ref in moved])


def log_files(house: House, name: str, number: int | None) -> tuple[Path, ...]:
    """Return the log files of a row's run on this machine, oldest first.

    Raises:
        NothingThereError: the row was made elsewhere, or its run directory is gone.
    """
    found = row(house, name, number)
    folder = RunFolder(house.home / "runs" / name / found.run[:16])
    done = folder.read("record", RecordReceipt) if folder.path.is_dir() else None
    files = sorted(folder.path.rglob(LOGS), key=lambda path: path.stat().st_mtime)
    if done is None or not files:
        raise NothingThereError(
            f"no log of {name} {found.number} on this machine; git-loop show {name} "
            f"{found.number} has the tail that its row keeps"
        )
    return tuple(files)


def pull(house: House, name: str, number: int | None, *, into: Path) -> Pulled:
    """Copy a row's candidate from this machine's store, by default the incumbent.

    Args:
        house: The repository.
        name: The loop.
        number: The row; None takes the one that made the incumbent.
        into: A folder that does not exist or is empty.

    Raises:
        NothingThereError: no such row, it made no candidate, or another machine has it.
        StoreError: the candidate is damaged, or `into` is in use.
    """
    found = row(house, name, _incumbent_row(house, name) if number is None else number)
    candidate, store = found.candidate, house.store
    if candidate is None:
        raise NothingThereError(
            f"row {found.number} of loop {name} has no candidate ({found.verdict or 'reset'}); "
            f"git-loop pull {name} --out DIR takes the incumbent"
        )
    if not store.has(candidate):
        raise NothingThereError(
            f"candidate {candidate[:12]} of row {found.number} is not on this machine: looked in "
            f"{store.where} (LOOP_HOME {house.environment.home}); the machine that made the row "
            "has it, pull it there"
        )
    members = store.checkout(candidate, into).refs
    for role, member in members.items():
        store.checkout(member, into / "members" / role)
    return Pulled(into, found, candidate, _writable(into))


def _incumbent_row(house: House, name: str) -> int | None:
    head = read_head(house.repo, authority_of(house, name), name)
    return None if head is None else head.incumbent_row


def _writable(folder: Path) -> tuple[str, ...]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for file in files:
        file.chmod(0o644)
    return tuple(file.relative_to(folder).as_posix() for file in files)


def desk(house: House) -> Desk:
    """Return the embedded forge's pull requests.

    Raises:
        NothingThereError: this repository publishes to GitHub.
    """
    if house.site.bare is None:
        raise NothingThereError("GITHUB_API_URL is set: the pull requests are on GitHub, use gh pr")
    user = house.environment.variables.get("USER") or "reviewer"
    return Desk(house.site.bare, clock=house.clock, user=user)


def all_standing(house: House, names: Sequence[str]) -> tuple[Standing, ...]:
    """Return where the named loops stand, or all of them; the remote is asked once."""
    if len(names) == 1:
        return (standing(house, names[0]),)
    declared = declare_many(house.repo.top, names or loops(house))
    bring(house)
    return tuple(
        _standing(house, each, house.repo.resolve(f"refs/loops/{each.spec.loop}"))
        for each in declared
    )
