"""The questions that the embedded forge asks its bare repository; answers on commits are kept."""

from dataclasses import dataclass
from functools import lru_cache

from runner.repo.repo import Repo

STATE = "refs/forge/state"
HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Size:
    """How much a branch changes since it parted from its base."""

    files: int
    added: int
    deleted: int


@dataclass(frozen=True, slots=True)
class Signature:
    """Who, and when, in ISO 8601 with the writer's own offset."""

    name: str
    email: str
    date: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a commit says of itself."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


class Objects:
    """Reads refs live and remembers what cannot change: relations between two commits."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.ahead = lru_cache(maxsize=512)(self._ahead)
        self.size = lru_cache(maxsize=512)(self._size)
        self.merged_tree = lru_cache(maxsize=512)(self._merged_tree)

    def refs(self) -> dict[str, str]:
        """Return every branch and the forge's own ref with their commits, as of one moment."""
        out = self.repo.git.run("for-each-ref", "--format=%(objectname) %(refname)", HEADS, STATE)
        pairs = (line.split(" ", 1) for line in out.decode().splitlines())
        return {ref: sha for sha, ref in pairs}

    def default_branch(self) -> str:
        """Return the branch that HEAD names."""
        return self.repo.current_branch() or "main"

    def known(self, name: str) -> str | None:
        """Resolve a branch or sha to a commit; None when it is neither."""
        return None if name.startswith("-") or not name else self.repo.resolve(name)

    def facts(self, sha: str) -> Facts:
        """Return what one commit says."""
        return self._facts("--no-walk", sha)[0]

    def fresh(self, base: str, head: str) -> list[Facts]:
        """Return the commits of `head` that `base` lacks, oldest first, merges left out."""
        return self._facts("--reverse", "--topo-order", "--no-merges", f"{base}..{head}")

    def _facts(self, *which: str) -> list[Facts]:
        shape = "--format=%H%n%T%n%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B"
        text = self.repo.git.run("log", "-z", shape, *which, "--").decode(errors="replace")
        return [_parsed(entry) for entry in text.split("\0") if entry]

    def _ahead(self, base: str, head: str) -> int:
        """Count the commits of `head` that `base` lacks."""
        return int(self.repo.git.run("rev-list", "--count", f"{base}..{head}"))

    def _size(self, base: str, head: str) -> Size:
        """Return what `head` changes since the branches parted; no relation is no change."""
        output = self.repo.git.ask("diff", "--numstat", "--no-renames", f"{base}...{head}")
        if output.code:
            return Size(0, 0, 0)
        rows = [line.split("\t") for line in output.out.decode(errors="replace").splitlines()]
        text = [row for row in rows if row[0] != "-"]  # a binary file counts no lines
        return Size(len(rows), sum(int(row[0]) for row in text), sum(int(row[1]) for row in text))

    def _merged_tree(self, ours: str, theirs: str) -> str | None:
        """Return the tree of a clean merge; None on conflicts or unrelated histories."""
        output = self.repo.git.ask("merge-tree", "--write-tree", ours, theirs)
        return output.out.decode().split("\n", 1)[0] if output.code == 0 else None


def _parsed(entry: str) -> Facts:
    sha, tree, parents, *people, message = entry.split("\n", 9)
    return Facts(
        sha=sha,
        tree=tree,
        parents=tuple(parents.split()),
        author=Signature(*people[:3]),
        committer=Signature(*people[3:]),
        message=message.rstrip("\n") + "\n",
    )
