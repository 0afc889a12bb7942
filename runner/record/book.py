"""A loop's two refs: what a remote holds of them, and where recorded rows are."""

from dataclasses import dataclass

from runner.core.head import Head
from runner.core.row import Row
from runner.evals.model import Eval
from runner.repo.build import Identity
from runner.repo.repo import Repo
from runner.spec.model import Spec

AUTHOR = Identity(name="git-loop", email="git-loop@localhost")
"""Who writes every commit of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A loop's two refs and where they are pushed."""

    repo: Repo
    remote: str
    spec: Spec
    evaluation: Eval

    @property
    def authority(self) -> str:
        """The append-only ref over all campaigns."""
        return f"refs/loops/{self.spec.loop}"

    @property
    def branch(self) -> str:
        """The campaign's branch, a projection for review."""
        return f"refs/heads/loop/{self.spec.loop}"

    def held(self) -> "Held":
        """Return where the remote has both refs and the base, their commits fetched."""
        base = f"refs/heads/{self.spec.publish.base}"
        refs = self.repo.remote_refs(self.remote, (self.authority, self.branch, base))
        missing = [ref for ref, sha in refs.items() if self.repo.resolve(sha) is None]
        if missing:
            self.repo.fetch(self.remote, missing)
        return Held(refs.get(self.authority), refs.get(self.branch), refs.get(base))


@dataclass(frozen=True, slots=True)
class Held:
    """Commits that the remote has; None where it has no such ref."""

    authority: str | None
    branch: str | None
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Where the entries ended up.

    Attributes:
        row: The run's own row as recorded; superseded if the race was lost.
        head: The fold after it.
        mirrored: This clone's refs are there too.
        latch: Ref of the lock-box that the row opened, or None.
    """

    row: Row
    head: Head
    authority: str
    tip: str
    mirrored: bool = True
    latch: str | None = None
