"""Files as a commit holds them."""

import re
from collections.abc import Iterable

from runner.repo.error import RepoError
from runner.repo.git import Git
from runner.repo.name import revision, tree_path

_ENTRY = re.compile(rb"[0-7]+ ([^\0]+)\0(.{20})", re.DOTALL)
"""An entry of a tree as git stores it: mode, name, sha."""


def read_many(git: Git, commit: str, paths: Iterable[str]) -> dict[str, bytes]:
    """Return path to content; what is no file at `commit` is left out.

    Raises:
        RepoError: a path leaves the tree, or `commit` is no commit.
    """
    wanted = tuple(dict.fromkeys(tree_path(path) for path in paths))
    if not wanted:
        return {}
    names = [f"{revision(commit)}^{{commit}}", *(f"{commit}:{path}" for path in wanted)]
    found = git.reader.ask(names)
    if found[0] is None:
        raise RepoError(f"{commit} is not a commit of this repository")
    return {
        path: item.content
        for path, item in zip(wanted, found[1:], strict=True)
        if item is not None and item.kind == "blob"
    }


def tree_sha(git: Git, commit: str, folder: str) -> str | None:
    """Return the sha of a folder's tree at a commit, None where there is no such folder."""
    found = git.reader.ask((f"{revision(commit)}:{tree_path(folder)}",))[0]
    return None if found is None or found.kind != "tree" else found.sha


def entries(git: Git, name: str) -> dict[str, str]:
    """Return what a tree holds, folders and files by name, with their shas; without a process.

    Args:
        git: The door.
        name: The tree, by sha or as `<commit>:<folder>`; nothing where there is none.
    """
    found = git.reader.ask((revision(name),))[0]
    if found is None or found.kind != "tree":
        return {}
    return {
        each.decode(errors="surrogateescape"): sha.hex()
        for each, sha in _ENTRY.findall(found.content)
    }


def list_folder(git: Git, commit: str, folder: str) -> tuple[str, ...]:
    """Return the paths of all files below `folder` ("" is the root), in git's order.

    Raises:
        RepoError: `commit` is no commit.
    """
    where = ("--", f"{tree_path(folder)}/") if folder else ()
    out = git.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision(commit), *where)
    return split(out)


def list_modes(git: Git, commit: str) -> dict[str, str]:
    """Return path to mode of all files: `100644`, `100755`, `120000` (a link), `160000`.

    Raises:
        RepoError: `commit` is no commit.
    """
    out = git.run("ls-tree", "-r", "-z", "--full-tree", revision(commit))
    return {entry.partition("\t")[2]: entry[:6] for entry in split(out)}


def changed_paths(git: Git, a: str, b: str) -> tuple[str, ...]:
    """Return the paths that differ between two commits; a rename counts as two.

    Raises:
        RepoError: one of them is no commit.
    """
    trees = (f"{revision(a)}^{{tree}}", f"{revision(b)}^{{tree}}")
    return split(git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", *trees))


def split(out: bytes) -> tuple[str, ...]:
    """Return the NUL-terminated paths of git's output."""
    return tuple(p.decode(errors="surrogateescape") for p in out.split(b"\0") if p)
