"""A repository as the rest of the house sees it."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from runner.repo import bare, build, history, ref, remote, tree, worktree
from runner.repo.build import Identity, NewCommit
from runner.repo.checkout import Checkout, checkout_of
from runner.repo.error import RepoError
from runner.repo.git import Git, scrubbed
from runner.repo.history import Commit
from runner.repo.name import revision
from runner.repo.ref import LocalRef, RefUpdate
from runner.repo.remote import Push


@dataclass(frozen=True, slots=True)
class Repo:
    """One repository; reads and writes objects and refs, never the index or a tracked file.

    Attributes:
        top: The work tree's root; for a bare repository its own folder.
        common_dir: Where objects and refs live, shared by all work trees of a clone.
        git: The door that every command goes through.
    """

    top: Path
    common_dir: Path
    git: Git

    @classmethod
    def discover(cls, folder: Path, *, environ: Mapping[str, str]) -> "Repo":
        """Find the repository whose work tree holds `folder`.

        Raises:
            RepoError: there is none, it is bare, or git is missing.
        """
        git = Git(folder, scrubbed(environ))
        questions = ("--is-bare-repository", "--git-common-dir", "--show-toplevel")
        output = git.ask("rev-parse", *questions)
        answers = os.fsdecode(output.out).splitlines()
        if answers[:1] == ["true"]:
            raise RepoError(f"{folder} is a bare repository; run inside a clone with files")
        if output.code != 0 or len(answers) != len(questions):
            raise RepoError(_not_found(folder, output.words))
        top = Path(answers[2])
        return cls(top, (folder / answers[1]).resolve(), Git(top, git.environment))

    @classmethod
    def bare(cls, path: Path, *, environ: Mapping[str, str]) -> "Repo":
        """Open a bare repository, such as the embedded forge's.

        Raises:
            RepoError: `path` is not one.
        """
        git = Git(path, {**scrubbed(environ), "GIT_DIR": str(path)})
        if not bare.is_bare(path):
            raise RepoError(f"{path} is not a bare repository")
        return cls(path, path.resolve(), git)

    @classmethod
    def init_bare(cls, path: Path, *, environ: Mapping[str, str], branch: str = "main") -> "Repo":
        """Create an empty bare repository of our own; harmless where there already is one.

        Raises:
            RepoError: the folder cannot be written.
        """
        bare.make(path, environment=scrubbed(environ), branch=branch)
        return cls.bare(path, environ=environ)

    @property
    def key(self) -> str:
        """Name this clone's folder below LOOP_HOME: 16 hex digits of its real path's sha256."""
        return hashlib.sha256(os.fsencode(os.path.realpath(self.common_dir))).hexdigest()[:16]

    def head(self) -> str:
        """Return the sha that is checked out.

        Raises:
            RepoError: there is no commit yet.
        """
        sha = self.resolve("HEAD")
        if sha is None:
            raise RepoError(f"{self.top} has no commits yet: make a first commit")
        return sha

    def resolve(self, name: str) -> str | None:
        """Return the sha of the commit that a ref or revision stands for, or None."""
        return ref.resolve(self.git, name)

    def current_branch(self) -> str | None:
        """Return the short name of the branch that HEAD names, None when detached."""
        output = self.git.ask("symbolic-ref", "--quiet", "--short", "HEAD")
        return output.out.decode(errors="surrogateescape").strip() or None

    def checkout(self) -> Checkout:
        """Return which branch is checked out and what differs from its commit, in one process."""
        flags = ("--porcelain=v2", "--branch", "-z", "--untracked-files=no", "--no-renames")
        return checkout_of(self.git.run("status", *flags, "--ignore-submodules=dirty"))

    def worktrees(self) -> tuple[Path, ...]:
        """Return the folders of all work trees of this clone, the main one first."""
        return worktree.worktrees(self.git)

    def read(self, commit: str, path: str) -> bytes | None:
        """Return a file's content at a commit, None where there is no such file."""
        return self.read_many(commit, (path,)).get(path)

    def read_many(self, commit: str, paths: Iterable[str]) -> dict[str, bytes]:
        """Return path to content in one process; what is no file at `commit` is left out."""
        return tree.read_many(self.git, commit, paths)

    def tree_sha(self, commit: str, folder: str) -> str | None:
        """Return the sha of a folder's tree: equal for equal contents, whatever the history."""
        return tree.tree_sha(self.git, commit, folder)

    def list_folder(self, commit: str, folder: str) -> tuple[str, ...]:
        """Return the paths of all files below `folder` at a commit, subfolders included."""
        return tree.list_folder(self.git, commit, folder)

    def entries(self, name: str) -> dict[str, str]:
        """Return what the tree `<commit>:<folder>` holds, name to sha, without a process."""
        return tree.entries(self.git, name)

    def list_modes(self, commit: str) -> dict[str, str]:
        """Return path to mode of all files at a commit: an executable is `100755`."""
        return tree.list_modes(self.git, commit)

    def changed_paths(self, a: str, b: str) -> tuple[str, ...]:
        """Return the paths that differ between two commits."""
        return tree.changed_paths(self.git, a, b)

    def is_ancestor(self, a: str, b: str) -> bool:
        """Tell whether `a` is `b` or reachable from it.

        Raises:
            RepoError: one of them is no commit here.
        """
        code = self.git.ask("merge-base", "--is-ancestor", revision(a), revision(b)).code
        if code not in {0, 1}:
            raise RepoError(f"{a} or {b} is not a commit of this repository")
        return code == 0

    def log(self, span: str) -> tuple[Commit, ...]:
        """Return the commits of a range such as `main..topic`, newest first."""
        return history.log(self.git, span)

    def spine(self, tip: str) -> tuple[Commit, ...]:
        """Return a commit and its first parents, newest first: what a ref held, step by step."""
        return history.spine(self.git, tip)

    def build(self, commits: Sequence[NewCommit]) -> tuple[str, ...]:
        """Write commits in one process and return their shas; no ref, index or file changes."""
        return build.build(self.git, commits)

    def commit(
        self,
        *,
        parent: str | None,
        files: Mapping[str, bytes | None],
        message: str,
        author: Identity,
        when: datetime,
        base_tree_from: str | None = None,
    ) -> str:
        """Write one commit and return its sha; see `NewCommit` for its parts."""
        parents = () if parent is None else (parent,)
        return self.build((NewCommit(parents, files, message, author, when, base_tree_from),))[0]

    def update_refs(self, updates: Sequence[RefUpdate]) -> bool:
        """Move refs of this clone together; False if one was no longer at its old value."""
        return ref.update_refs(self.git, updates, folder=self.common_dir)

    def local_refs(self, names: Sequence[str]) -> dict[str, LocalRef]:
        """Return those of this clone's refs that exist, and whether they are checked out."""
        return ref.local_refs(self.git, names)

    def refs(self) -> dict[str, str]:
        """Return all refs of this clone that name a commit, tags peeled, with its sha."""
        return ref.every(self.git)

    def push(self, where: str, updates: Sequence[RefUpdate], *, atomic: bool = True) -> Push:
        """Move refs of a remote by compare-and-swap, a projection last in `updates`."""
        return remote.push(self.git, where, updates, atomic=atomic)

    def fetch(self, where: str, refspecs: Sequence[str]) -> None:
        """Bring refs of a remote here, exactly those named."""
        remote.fetch(self.git, where, refspecs)

    def remote_refs(self, where: str, patterns: Sequence[str]) -> dict[str, str]:
        """Return full ref name to sha of what the remote holds under the glob patterns."""
        return remote.remote_refs(self.git, where, patterns)

    def default_branch(self, where: str) -> str:
        """Return the branch that a remote's HEAD names."""
        return remote.default_branch(self.git, where)

    def remote_url(self, name: str) -> str | None:
        """Return a remote's address, or None; it may hold credentials."""
        return remote.remote_url(self.git, name)


def _not_found(folder: Path, words: str) -> str:
    if "dubious ownership" in words:
        return f"{folder} belongs to another user; run git config --global --add safe.directory"
    if "work tree" in words:
        return f"{folder} is not inside a work tree; run from the folder with your files"
    return f"{folder} is not inside a git repository; run git init, or change folder"
