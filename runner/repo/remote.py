"""The remote: compare-and-swap pushes, fetches, and what it holds."""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.core.redact import redact
from runner.repo.error import RepoError
from runner.repo.git import NETWORK_S, Git, Output, refusal
from runner.repo.name import ref_name, revision
from runner.repo.ref import RefUpdate
from runner.repo.stale import STALE_S, unlock

_NO_ATOMIC = "does not support --atomic push"


@dataclass(frozen=True, slots=True)
class Push:
    """How a push ended.

    Attributes:
        pushed: All refs but the last of several, a projection, are at their new values there.
        lost: Refs that someone else had moved first.
        atomic: All refs moved together or none did.
    """

    pushed: bool
    lost: tuple[str, ...]
    atomic: bool


def push(git: Git, remote: str, updates: Sequence[RefUpdate], *, atomic: bool) -> Push:
    """Move refs of a remote, each from its old value to its new one.

    Where the remote offers no atomic push (or `atomic` is False) the refs are pushed one by one,
    the first one first; when one is lost those after it are left alone.

    Raises:
        RepoError: the remote cannot be reached or declines for another reason than a race.
    """
    if not atomic:
        return _one_by_one(git, remote, updates)
    output = _send(git, remote, updates, options=("--atomic",))
    if output.code != 0 and _NO_ATOMIC in output.words:
        return _one_by_one(git, remote, updates)
    lost = _lost(git, remote, updates, output)
    return Push(pushed=not lost, lost=lost, atomic=True)


def _one_by_one(git: Git, remote: str, updates: Sequence[RefUpdate]) -> Push:
    for index, update in enumerate(updates):
        output = _send(git, remote, (update,), options=())
        lost = _lost(git, remote, (update,), output)
        if lost:
            last = 0 < index == len(updates) - 1
            return Push(pushed=last, lost=lost, atomic=False)
    return Push(pushed=True, lost=(), atomic=False)


def _send(
    git: Git, remote: str, updates: Sequence[RefUpdate], *, options: tuple[str, ...]
) -> Output:
    leases = [f"--force-with-lease={ref_name(u.ref)}:{u.old or ''}" for u in updates]
    specs = [f"{u.new or ''}:{u.ref}" for u in updates]
    flags = ("--porcelain", "--no-verify", *options, *leases)
    for _ in range(len(updates) + 1):
        output = git.ask("push", *flags, revision(remote), *specs, timeout_s=NETWORK_S)
        if output.code == 0 or not _unlocked(git, remote, output):
            break
    return output


def _unlocked(git: Git, remote: str, output: Output) -> bool:
    """Tell whether the push stumbled over a crashed one's lock in a folder of this machine."""
    folder = Path(remote_url(git, remote) or remote)
    return folder.is_dir() and unlock(output.words, folder=folder, stale_s=STALE_S)


def _lost(git: Git, remote: str, updates: Sequence[RefUpdate], output: Output) -> tuple[str, ...]:
    """Return the refs whose race was lost; looks at the remote rather than at its wording.

    A push whose answer was lost on the way counts as done when the remote holds the new values.
    """
    if output.code == 0:
        return ()
    held = remote_refs(git, remote, tuple(u.ref for u in updates))
    if all(held.get(u.ref) == (u.new or None) for u in updates):
        return ()
    lost = tuple(u.ref for u in updates if held.get(u.ref) != (u.old or None))
    if not lost:
        raise RepoError(_declined(output))
    return lost


def _declined(output: Output) -> str:
    rejected = [
        line for line in output.out.decode(errors="replace").splitlines() if line[:1] == "!"
    ]
    words = " | ".join([*(line.split("\t", 2)[-1] for line in rejected), output.words])
    return refusal("push", Output(output.code, b"", words))


def fetch(git: Git, remote: str, refspecs: Sequence[str]) -> None:
    """Bring refs of a remote here, exactly those named.

    Raises:
        RepoError: the remote cannot be reached or lacks one of them.
    """
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--atomic", "--stdin")
    # by a pipe: what a command line may hold ends at some thousands of refs
    stdin = "".join(f"{revision(spec)}\n" for spec in refspecs).encode(errors="surrogateescape")
    git.run("fetch", *options, revision(remote), stdin=stdin, timeout_s=NETWORK_S)


def remote_refs(git: Git, remote: str, patterns: Sequence[str]) -> dict[str, str]:
    """Return full ref name to sha of the remote's refs that match one of the glob patterns.

    Raises:
        RepoError: the remote cannot be reached.
    """
    listed = git.run("ls-remote", "--refs", revision(remote), *patterns, timeout_s=NETWORK_S)
    pairs = (line.split("\t", 1) for line in listed.decode(errors="replace").splitlines())
    # Git matches a pattern against the tail of a name; only whole names are meant here.
    return {
        ref: sha
        for sha, ref in pairs
        if any(fnmatch.fnmatchcase(ref, pattern) for pattern in patterns)
    }


def remote_url(git: Git, name: str) -> str | None:
    """Return a remote's address, or None; it may hold credentials and is not for printing."""
    output = git.ask("remote", "get-url", revision(name))
    return output.out.decode(errors="surrogateescape").strip() or None if output.code == 0 else None


def default_branch(git: Git, remote: str) -> str:
    """Return the branch that a remote's HEAD names.

    Raises:
        RepoError: it cannot be reached, or has no commit.
    """
    out = git.run("ls-remote", "--symref", revision(remote), "HEAD", timeout_s=NETWORK_S)
    for line in out.decode(errors="replace").splitlines():
        target, _, name = line.partition("\t")
        if name == "HEAD" and target.startswith("ref: refs/heads/"):
            return target.removeprefix("ref: refs/heads/")
    raise RepoError(f"{redact(remote)} has no default branch; make a first commit there")
