"""Refs of this clone, moved together or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.repo.build import NULL
from runner.repo.error import RepoError
from runner.repo.git import Git, refusal
from runner.repo.name import ref_name, revision
from runner.repo.stale import STALE_S, unlock


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """A compare-and-swap of one ref.

    Attributes:
        ref: Full name.
        new: Sha that it shall name; None deletes it.
        old: Sha that it must name now; None means that it must not exist.
    """

    ref: str
    new: str | None
    old: str | None


def resolve(git: Git, name: str) -> str | None:
    """Return the sha of the commit that `name` stands for, or None."""
    found = git.reader.ask((f"{revision(name)}^{{commit}}",))[0]
    return None if found is None else found.sha


def update_refs(
    git: Git, updates: Sequence[RefUpdate], *, folder: Path, stale_s: float = STALE_S
) -> bool:
    """Move refs in one transaction; False if one of them was no longer at its old value.

    Args:
        git: The door.
        updates: What to move.
        folder: Where the refs live, for locks that a crash has left there.
        stale_s: Seconds after which such a lock on one of our refs is removed.

    Raises:
        RepoError: git refuses for another reason, such as a missing commit.
    """
    lines = "".join(_line(update) for update in updates)
    stdin = f"start\n{lines}prepare\ncommit\n".encode()
    for _ in range(len(updates) + 1):
        output = git.ask("update-ref", "--no-deref", "--stdin", stdin=stdin)
        if output.code == 0:
            return True
        if not unlock(output.words, folder=folder, stale_s=stale_s):
            break
    if any(_at(git, update.ref) != (update.old or None) for update in updates):
        return False
    raise RepoError(refusal("update-ref", output))


def _line(update: RefUpdate) -> str:
    old = update.old or NULL
    if update.new:
        return f"update {ref_name(update.ref)} {update.new} {old}\n"
    return f"delete {ref_name(update.ref)} {old}\n"


def _at(git: Git, ref: str) -> str | None:
    return git.ask("rev-parse", "--verify", "--quiet", ref).out.decode().strip() or None


def every(git: Git) -> dict[str, str]:
    """Return full ref name to the sha of the commit that it names, tags peeled; others left out."""
    shape = "--format=%(refname)%00%(objecttype) %(objectname)%00%(*objecttype) %(*objectname)"
    found = {}
    for line in git.run("for-each-ref", shape).decode(errors="surrogateescape").splitlines():
        name, *objects = line.split("\0")
        commits = [each.partition(" ")[2] for each in objects if each.startswith("commit ")]
        if commits:
            found[name] = commits[0]
    return found


@dataclass(frozen=True, slots=True)
class LocalRef:
    """A ref of this clone.

    Attributes:
        checked_out: Some work tree has this branch checked out.
    """

    sha: str
    checked_out: bool


def local_refs(git: Git, names: Sequence[str]) -> dict[str, LocalRef]:
    """Return those of the refs that exist, in one process."""
    shape = "--format=%(refname)%00%(objectname)%00%(worktreepath)"
    out = git.run("for-each-ref", shape, *(ref_name(name) for name in names))
    rows = (line.split("\0") for line in out.decode(errors="surrogateescape").splitlines())
    return {ref: LocalRef(sha, bool(path)) for ref, sha, path in rows if ref in names}
