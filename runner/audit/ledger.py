"""What is audited: every row of a loop as bytes, and the commits that recorded them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from runner.core.canonical import digest
from runner.core.row import Row, row_path
from runner.repo.history import Commit
from runner.repo.repo import Repo

_ROW = re.compile(r"/(\d{6,})\.json$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A row as it is committed.

    Attributes:
        row: None where the bytes are no row of this version; `fault` says why.
        commit: The commit that recorded it; None where none did.
    """

    number: int
    path: str
    data: bytes
    row: Row | None
    fault: str = ""
    commit: Commit | None = None

    @property
    def digest(self) -> str:
        """Digest of the bytes."""
        return digest(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A loop's authority ref, read whole.

    Attributes:
        authority: The commit that was read.
        leaves: Its rows, by number.
        files: Every path below `state/<loop>/`.
        spine: The commits that the ref went through, oldest first.
    """

    loop: str
    repo: Repo
    authority: str
    leaves: tuple[Leaf, ...]
    files: frozenset[str]
    spine: tuple[Commit, ...]
    by_number: Mapping[int, Leaf] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """Where the loop's state lies."""
        return f"state/{self.loop}"


def read_ledger(repo: Repo, loop: str, authority: str) -> Ledger:
    """Read what an authority ref holds; nothing is believed yet.

    Raises:
        RepoError: there is no such commit.
    """
    files = repo.list_folder(authority, f"state/{loop}")
    named = {path: found[1] for path in files if (found := _ROW.search(path))}
    spine = tuple(reversed(repo.spine(authority)))
    recorded = {path: commit for commit in reversed(spine) for path in commit.paths}
    data = repo.read_many(authority, named)
    leaves = sorted(
        (_leaf(int(named[path]), path, data[path], recorded.get(path)) for path in data),
        key=lambda leaf: leaf.number,
    )
    return Ledger(
        loop=loop,
        repo=repo,
        authority=authority,
        leaves=tuple(leaves),
        files=frozenset(files),
        spine=spine,
        by_number={
            leaf.number: leaf for leaf in leaves if leaf.path == row_path(loop, leaf.number)
        },
    )


def _leaf(number: int, path: str, data: bytes, commit: Commit | None) -> Leaf:
    try:
        row = Row.model_validate_json(data)
    except ValidationError as err:
        first = err.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        fault = f"not a row of this version: {where}: {first['msg'].lower()}"
        return Leaf(number=number, path=path, data=data, row=None, fault=fault, commit=commit)
    return Leaf(number=number, path=path, data=data, row=row, commit=commit)
