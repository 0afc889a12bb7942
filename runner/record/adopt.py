"""Bring a forge up to what this clone already holds: it may have lost it, or never had it."""

from runner.record.book import Book, Held
from runner.record.past import PastError
from runner.repo.ref import RefUpdate


def adopt(book: Book, held: Held) -> Held:
    """Push rows and commits that only this clone has, and return what the remote holds then.

    For the embedded forge, whose other side is this clone: after the repository or `LOOP_HOME` was
    moved its refs are gone while the clone's are not, and a commit made on the local `loop/<id>` is
    how a reviewer pushes there.

    Args:
        book: The loop's refs.
        held: What the remote has now.

    Raises:
        PastError: both have rows that the other lacks.
        RepoError: git refuses.
    """
    here = {ref: found.sha for ref, found in book.repo.local_refs(_both(book)).items()}
    ours, theirs = here.get(book.authority), held.authority
    updates = []
    if ours is not None and ours != theirs and not _known(book, ours, theirs):
        if theirs is not None and not book.repo.is_ancestor(theirs, ours):
            raise PastError(
                f"{book.authority} is {ours[:12]} here and {theirs[:12]} at {book.remote}, and "
                "each has rows that the other lacks; set one of them to the history you trust"
            )
        updates.append(RefUpdate(book.authority, ours, theirs))
    branch = here.get(book.branch)
    if branch is not None and _pushes(book, branch, held):
        updates.append(RefUpdate(book.branch, branch, held.branch))
    if not updates:
        return held
    book.repo.push(book.remote, updates)
    return book.held()


def _both(book: Book) -> tuple[str, str]:
    return (book.authority, book.branch)


def _known(book: Book, ours: str, theirs: str | None) -> bool:
    """Tell whether the remote's authority contains this clone's, which is then only behind."""
    return theirs is not None and book.repo.is_ancestor(ours, theirs)


def _pushes(book: Book, branch: str, held: Held) -> bool:
    """Tell whether the clone's branch is ahead; a branch deleted on the forge stays deleted."""
    if held.branch is None:
        return held.authority is None
    return branch != held.branch and book.repo.is_ancestor(held.branch, branch)
