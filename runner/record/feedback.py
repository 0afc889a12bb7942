"""What people changed in a proposed surface: kept verbatim, for the proposals that follow."""

import json

from runner.core.canonical import canonical
from runner.core.row import row_path
from runner.record.book import AUTHOR
from runner.repo.repo import Repo

SUFFIX = ".feedback.jsonl"
SHOWN = 20


def feedback_path(loop: str, number: int) -> str:
    """Return where a row's feedback lies, beside the row."""
    return row_path(loop, number).removesuffix(".json") + SUFFIX


def feedback_of(repo: Repo, paths: tuple[str, ...], *, tip: str, base: str) -> bytes | None:
    """Return what people made of the surface since our last commit on a branch, or None.

    One JSON line per file that they changed: `{path, proposed, shipped}`, both texts whole.

    Args:
        repo: Holds both commits.
        paths: The surface.
        tip: The branch's tip.
        base: The base branch's commit.

    Source: the Optimisation Loops post: the human's correction verbatim, never a summary.
    """
    ours = next((c.sha for c in repo.log(f"{base}..{tip}") if c.committer == AUTHOR), None)
    if ours is None or ours == tip:
        return None
    was, now = repo.read_many(ours, paths), repo.read_many(tip, paths)
    lines = [
        canonical({"path": path, "proposed": _text(was.get(path)), "shipped": _text(now.get(path))})
        for path in paths
        if was.get(path) != now.get(path)
    ]
    return b"".join(lines) or None


def read_feedback(repo: Repo, loop: str, authority: str | None) -> tuple[dict[str, object], ...]:
    """Return the newest pieces of feedback of a loop, oldest first."""
    if authority is None:
        return ()
    folder = f"state/{loop}/it"
    names = [path for path in repo.list_folder(authority, folder) if path.endswith(SUFFIX)][-SHOWN:]
    found = repo.read_many(authority, names)
    return tuple(json.loads(line) for name in names for line in found[name].splitlines())


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode(errors="replace")
