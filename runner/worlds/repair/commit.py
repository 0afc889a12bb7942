"""A repository of one commit that anybody can compute."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from runner.repo.error import RepoError
from runner.repo.git import Git
from runner.worlds.error import WorldError
from runner.worlds.repair.patch import git_in

_WHO = "base <base@example.invalid>"
_WHEN = "1767225600 +0000"
"""2026-01-01, the same for everybody, so that the commit is a function of the files."""
_MESSAGE = "base\n"
_FILE, _FOLDER = b"100644", b"40000"

_Nested = dict[str, "bytes | _Nested"]


def commit_of(files: Mapping[str, str]) -> str:
    """Return the sha of the one commit that a workspace of these files begins with.

    Args:
        files: Path to text; no file may lie where another has a folder.

    Raises:
        WorldError: one does.

    Source: git's object format, https://git-scm.com/book/en/v2/Git-Internals-Git-Objects.
    """
    root: _Nested = {}
    for path, text in files.items():
        *folders, name = path.split("/")
        place = root
        for folder in folders:
            found = place.setdefault(folder, {})
            if isinstance(found, bytes):
                raise WorldError(f"{path}: {folder} is a file and a folder")
            place = found
        place[name] = text.encode()
    tree = _tree(root).hex()
    body = f"tree {tree}\nauthor {_WHO} {_WHEN}\ncommitter {_WHO} {_WHEN}\n\n{_MESSAGE}"
    return _sha("commit", body.encode()).hex()


def put_under_git(root: Path) -> str:
    """Make a folder a repository with all its files in one commit, and return its sha.

    Raises:
        WorldError: git is missing or refuses.
    """
    name, _, email = _WHO.rstrip(">").partition(" <")
    who = {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", name), ("EMAIL", email), ("DATE", _WHEN))
    }
    git = Git(root, {**git_in(root).environment, **who})
    quick = ("-c", "core.fsync=none", "-c", "core.autocrlf=false")  # it lives for one attempt
    try:
        git.run("init", "--quiet", "--template=", "--initial-branch=main")
        git.run(*quick, "add", "--all", "--force")
        git.run(*quick, "commit", "--quiet", "--allow-empty", f"--message={_MESSAGE}")
        return git.run("rev-parse", "HEAD").decode().strip()
    except RepoError as err:
        raise WorldError(f"no repository could be made: {err}") from err


def _tree(entries: _Nested) -> bytes:
    """Return the digest of a folder; git sorts folders as if their names ended in a slash."""
    rows: list[tuple[bytes, bytes]] = []
    for name, entry in entries.items():
        mode = _FILE if isinstance(entry, bytes) else _FOLDER
        sha = _sha("blob", entry) if isinstance(entry, bytes) else _tree(entry)
        key = name.encode() + (b"" if mode == _FILE else b"/")
        rows.append((key, mode + b" " + name.encode() + b"\0" + sha))
    return _sha("tree", b"".join(row for _, row in sorted(rows)))


def _sha(kind: str, data: bytes) -> bytes:
    head = f"{kind} {len(data)}\0".encode()
    return hashlib.sha1(head + data, usedforsecurity=False).digest()
