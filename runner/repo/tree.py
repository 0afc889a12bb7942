"""Files as a commit holds them."""

from collections.abc import Iterable, Iterator

from runner.repo.error import RepoError
from runner.repo.git import Git
from runner.repo.name import revision, tree_path


def read_many(git: Git, commit: str, paths: Iterable[str]) -> dict[str, bytes]:
    """Return path to content in one process; what is no file at `commit` is left out.

    Raises:
        RepoError: a path leaves the tree, or `commit` is no commit.
    """
    wanted = tuple(dict.fromkeys(tree_path(path) for path in paths))
    if not wanted:
        return {}
    names = [f"{revision(commit)}^{{commit}}", *(f"{commit}:{path}" for path in wanted)]
    stdin = "".join(f"{name}\n" for name in names).encode(errors="surrogateescape")
    found = tuple(_objects(git.run("cat-file", "--batch", stdin=stdin), len(names)))
    if found[0] is None:
        raise RepoError(f"{commit} is not a commit of this repository")
    return {
        path: item[1]
        for path, item in zip(wanted, found[1:], strict=True)
        if item is not None and item[0] == "blob"
    }


def _objects(out: bytes, count: int) -> Iterator[tuple[str, bytes] | None]:
    """Yield (type, content) of each object that was asked for, None for a missing one."""
    at = 0
    for _ in range(count):
        end = out.index(b"\n", at)
        header = out[at:end].split(b" ")
        at = end + 1
        if header[-1] in {b"missing", b"ambiguous"} or not header[-1].isdigit():
            yield None
            continue
        size = int(header[-1])
        yield header[-2].decode(), out[at : at + size]
        at += size + 1


def list_folder(git: Git, commit: str, folder: str) -> tuple[str, ...]:
    """Return the paths of all files below `folder` ("" is the root), in git's order.

    Raises:
        RepoError: `commit` is no commit.
    """
    where = ("--", f"{tree_path(folder)}/") if folder else ()
    out = git.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision(commit), *where)
    return split(out)


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
