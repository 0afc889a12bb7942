"""The latch of a lock-box: a ref that only the first push which records its opening can make."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runner.core.row import Row
from runner.evals.box import ASKED, read_asked
from runner.record.book import Book
from runner.record.past import read_head, read_rows
from runner.repo.repo import Repo
from runner.seal.box import unseal
from runner.seal.error import SealError

LATCHES = "refs/lock-box/"
LAST = f"{LATCHES}last"
"""The newest opening of any lock-box: every opening moves it, so no two are pushed side by side."""
_ASKED = re.compile(rf"state/([^/]+)/it/[0-9]+/([0-9]+){re.escape(ASKED)}\Z")
_HEAD = re.compile(r"state/([^/]+)/head\.json")


@dataclass(frozen=True, slots=True)
class Latch:
    """What a remote holds of a lock-box.

    Attributes:
        ref: Full name of its ref.
        last: Commit of the newest opening of any lock-box, which must still be that when this one
            is pushed; None where there was none.
        old: Commit that its ref names; None where nobody has opened it.
        why: How another opened it, or a case of it, first; "" where nobody did.
    """

    ref: str
    last: str | None = None
    old: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Digests of what the cases of an opening ask.

    Attributes:
        data: Sealed, as they lie beside the row.
        identity: The key; None where it is not here, so that nothing can be compared.
    """

    data: bytes
    identity: str | None = None


def latch_of(book: Book, row: Row, asked: Asked | None = None) -> Latch | None:
    """Return the latch that must be made together with a row; None for one that opens nothing.

    Args:
        book: The loop's refs.
        row: The row.
        asked: What its cases ask, which is compared with every opening that the remote holds.

    Raises:
        RepoError: the remote cannot be reached.
    """
    if row.kind != "confirm" or row.verdict not in {"confirmed", "refuted"}:
        return None
    repo, ref = book.repo, f"{LATCHES}{row.eval.heldout}"
    held = repo.remote_refs(book.remote, (f"{LATCHES}*",))
    missing = [name for name, sha in held.items() if repo.resolve(sha) is None]
    if missing:
        repo.fetch(book.remote, missing)
    last, old = held.get(LAST), held.get(ref)
    if old is None:
        return Latch(ref, last, why=_overlap(repo, {*held.values()}, row, asked))
    found = _opener(repo, old, row.eval.heldout)
    if found is not None and (found.row.run, found.row.mark) == (row.run, row.mark):
        return Latch(ref, last, old)  # of a push that was killed between its refs
    by = opener_words(repo, old, row.eval.heldout)
    return Latch(ref, last, old, why=f"the lock-box was opened by {by} first")


def asked_files(repo: Repo, commit: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield the sealed lists of opened cases at a commit: path, its row in words, and bytes."""
    rows = {path: row for path in repo.list_folder(commit, "state") if (row := _ASKED.match(path))}
    for path, data in repo.read_many(commit, rows).items():
        yield path, f"row {int(rows[path][2])} of loop {rows[path][1]}", data


def _overlap(repo: Repo, commits: Iterable[str], own: Row, asked: Asked | None) -> str:
    """Say which row opened cases of this opening; "" where none did, as far as the key tells."""
    if asked is None:
        return ""
    mine = _opened(asked.data, asked.identity)
    for commit in sorted(commits) if mine else ():
        for path, words, data in asked_files(repo, commit):
            shared = mine.keys() & _opened(data, asked.identity).keys()
            if shared and not _is_own(repo, commit, path, own):
                return f"{len(shared)} of the {len(mine)} cases were opened by {words} first"
    return ""


def _opened(data: bytes, identity: str | None) -> dict[str, str]:
    try:
        return {} if identity is None else read_asked(unseal(data, identity))
    except (SealError, ValueError):
        return {}


def _is_own(repo: Repo, commit: str, path: str, own: Row) -> bool:
    """Tell whether a list lies beside the very row, of a push that was killed between its refs."""
    data = repo.read(commit, f"{path.removesuffix(ASKED)}.json")
    row = None if data is None else Row.model_validate_json(data)
    return row is not None and (row.run, row.mark) == (own.run, own.mark)


def opener_words(repo: Repo, commit: str, box: str) -> str:
    """Name the row that opened a lock-box, as the commit that its latch names recorded it.

    Args:
        repo: Holds the commit.
        commit: What the latch names.
        box: Digest of the lock-box.
    """
    found = _opener(repo, commit, box)
    if found is None:
        return f"commit {commit[:12]} at {LATCHES}{box[:12]}"
    return f"row {found.row.number} of loop {found.loop}"


@dataclass(frozen=True, slots=True)
class _Opener:
    loop: str
    row: Row


def _opener(repo: Repo, commit: str, box: str) -> _Opener | None:
    """Return the row that opened a lock-box, as the commit that its latch names recorded it."""
    for path in repo.list_folder(commit, "state"):
        found = _HEAD.fullmatch(path)
        head = read_head(repo, commit, found[1]) if found else None
        if found is not None and head is not None and box in head.opened:
            (row,) = read_rows(repo, commit, head, numbers=(head.opened[box],))
            return _Opener(found[1], row)
    return None
