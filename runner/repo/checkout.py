"""What a work tree holds beside its commit."""

from dataclasses import dataclass

from runner.repo.tree import split

_HEAD = "# branch.head "
_DETACHED = "(detached)"
_FIELDS = {"1": 8, "u": 10}  # fields before the path, by kind of entry


@dataclass(frozen=True, slots=True)
class Checkout:
    """A work tree as `git status` sees it.

    Attributes:
        branch: Short name of the branch, None when detached.
        dirty: Tracked paths that differ from the commit, staged or not.
    """

    branch: str | None
    dirty: tuple[str, ...]


def checkout_of(out: bytes) -> Checkout:
    """Read `git status --porcelain=v2 --branch -z` without renames.

    Source: https://git-scm.com/docs/git-status, Porcelain Format Version 2.
    """
    branch, dirty = None, []
    for entry in split(out):
        if entry.startswith(_HEAD):
            name = entry[len(_HEAD) :]
            branch = None if name == _DETACHED else name
        elif entry[0] in _FIELDS:
            dirty.append(entry.split(" ", _FIELDS[entry[0]])[-1])
    return Checkout(branch, tuple(dirty))
