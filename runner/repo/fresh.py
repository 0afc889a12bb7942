"""Files put under git for a person who asked for that: the one place that writes a work tree."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from runner.core.file import write_atomic
from runner.repo.build import Identity
from runner.repo.error import RepoError
from runner.repo.git import Git, scrubbed
from runner.repo.ref import RefUpdate
from runner.repo.repo import Repo

BRANCH = "main"


def new_repository(
    folder: Path,
    files: Mapping[str, bytes],
    *,
    message: str,
    author: Identity,
    when: datetime,
    environ: Mapping[str, str],
) -> Repo:
    """Make a repository of its own with one commit; harmless where it is there with these files.

    Raises:
        RepoError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise RepoError(f"{folder} cannot be created ({err.strerror})") from err
    Git(folder, scrubbed(environ)).run(
        "init", "--quiet", "--template=", f"--initial-branch={BRANCH}"
    )
    repo = Repo.discover(folder, environ=environ)
    before = repo.resolve(BRANCH)
    if before is None or repo.read_many(before, files) != dict(files):
        whole = dict(files)
        new = repo.commit(parent=before, files=whole, message=message, author=author, when=when)
        repo.update_refs((RefUpdate(f"refs/heads/{BRANCH}", new, before),))
    # each time: who was interrupted just before it left a commit and no files
    repo.git.run("reset", "--quiet", "--hard")
    return repo


def commit_files(repo: Repo, files: Mapping[str, bytes], *, message: str) -> tuple[str, ...]:
    """Write files into a person's checkout and commit them, nothing else, under their own name.

    Returns:
        The paths that were new or changed; none leaves the history as it was.

    Raises:
        RepoError: a file cannot be written, or git does not know who commits.
    """
    changed = [path for path, data in files.items() if _content(repo.top / path) != data]
    for path in changed:
        _write(repo.top / path, files[path])
    known = repo.read_many(repo.head(), files)
    new = tuple(path for path, data in files.items() if known.get(path) != data)
    if new:
        _commit(repo, new, message)
    return new


def _commit(repo: Repo, paths: Sequence[str], message: str) -> None:
    repo.git.run("add", "--", *paths)
    repo.git.run("commit", "--quiet", "--no-verify", f"--message={message}", "--", *paths)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
    except OSError as err:
        raise RepoError(f"{path} cannot be written ({err.strerror})") from err
