"""Commits built in one `git fast-import`, beside the index and the work tree."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from runner.repo.error import RepoError
from runner.repo.git import Git
from runner.repo.name import revision, tree_path
from runner.repo.reader import Found

NULL = "0" * 40


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a commit names as its author and committer."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to be built.

    Attributes:
        parents: Commits by sha; an integer names an earlier commit of the same build, from 0.
            Empty for a root commit.
        files: Path to new content, or to None to delete the file or folder. The rest is the first
            parent's tree.
        message: The whole message, subject first.
        when: Aware time of author and committer.
        base_tree_from: Commit whose tree is taken instead of the first parent's.
        folders: Path to `<commit>:<folder>`, whose tree replaces the folder before `files` apply.
    """

    parents: tuple[str | int, ...]
    files: Mapping[str, bytes | None]
    message: str
    author: Identity
    when: datetime
    base_tree_from: str | None = None
    folders: Mapping[str, str] = field(default_factory=dict)


def build(git: Git, commits: Sequence[NewCommit]) -> tuple[str, ...]:
    """Write the commits' objects and return their shas; no ref, index or file changes.

    The import runs on a private ref that it forgets before it ends: none is written, no lock is
    taken, and a kill at any moment leaves at most objects that nothing names.

    Raises:
        RepoError: a path or parent is malformed, a parent is missing, or the disk refuses.
    """
    if not commits:
        return ()
    ref = f"refs/git-loop/build/{secrets.token_hex(8)}"
    trees = _trees(git, commits)
    stream = b"".join(_stream(commits, ref=ref, trees=trees))
    out = git.run("fast-import", "--quiet", "--done", "--date-format=raw", stdin=stream)
    shas = tuple(out.decode().split())
    if len(shas) != len(commits):
        raise RepoError(f"git fast-import named {len(shas)} commits instead of {len(commits)}")
    return shas


def _trees(git: Git, commits: Sequence[NewCommit]) -> dict[str, str]:
    """Return the tree of each `base_tree_from` and of each grafted folder."""
    bases = {revision(c.base_tree_from) for c in commits if c.base_tree_from is not None}
    names = {base: f"{base}^{{tree}}" for base in bases}
    names |= {name: revision(name) for c in commits for name in c.folders.values()}
    found = dict(zip(names, git.reader.ask(tuple(names.values())), strict=True))
    return {name: _sha(name, item) for name, item in found.items()}


def _sha(name: str, found: Found | None) -> str:
    if found is None or found.kind != "tree":
        raise RepoError(f"{name} is not a folder of this repository")
    return found.sha


def _stream(commits: Sequence[NewCommit], *, ref: str, trees: Mapping[str, str]) -> Iterator[bytes]:
    yield b"feature done\n"
    for index, commit in enumerate(commits):
        tree = None if commit.base_tree_from is None else trees[commit.base_tree_from]
        grafts = {path: trees[name] for path, name in commit.folders.items()}
        # A reset before each commit: its parents are those it names, not the ref's last commit.
        yield f"reset {ref}\n\n".encode()
        yield from _commit(commit, ref=ref, index=index, tree=tree, grafts=grafts)
        yield f"get-mark :{index + 1}\n".encode()
    # Deleting the ref, by a null commit, would take the lock of all packed refs for a moment.
    yield f"reset {ref}\n\ndone\n".encode()


def _commit(
    commit: NewCommit, *, ref: str, index: int, tree: str | None, grafts: Mapping[str, str]
) -> Iterator[bytes]:
    who = f"{_plain(commit.author.name)} <{_plain(commit.author.email)}> {_raw(commit.when)}"
    yield f"commit {ref}\nmark :{index + 1}\nauthor {who}\ncommitter {who}\n".encode()
    yield _data(commit.message.encode())
    for word, parent in zip(_words(commit.parents), commit.parents, strict=True):
        yield f"{word} {_parent(parent, index)}\n".encode()
    if tree is not None:
        yield f'M 040000 {tree} ""\n'.encode()
    for path, sha in sorted(grafts.items()):
        yield f"M 040000 {sha} ".encode() + _quoted(tree_path(path)) + b"\n"
    for path, content in sorted(commit.files.items()):
        quoted = _quoted(tree_path(path))
        if content is None:
            yield b"D " + quoted + b"\n"
        else:
            yield b"M 100644 inline " + quoted + b"\n" + _data(content)
    yield b"\n"


def _words(parents: tuple[str | int, ...]) -> tuple[str, ...]:
    return ("from", *("merge",) * (len(parents) - 1)) if parents else ()


def _parent(parent: str | int, index: int) -> str:
    if isinstance(parent, str):
        return revision(parent)
    if not 0 <= parent < index:
        raise RepoError(f"commit {index} of a build names commit {parent}, which is not before it")
    return f":{parent + 1}"


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def _quoted(path: str) -> bytes:
    """Return the path in git's C style, which any byte but NUL and newline survives."""
    return (
        b'"'
        + path.encode(errors="surrogateescape").replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        + b'"'
    )


def _plain(text: str) -> str:
    """Return a name that cannot end the header line it stands in."""
    return "".join(" " if c in "<>\n\r\0" else c for c in text).strip() or "git-loop"


def _raw(when: datetime) -> str:
    offset = when.utcoffset()
    if offset is None:
        raise RepoError(f"the commit time {when.isoformat()} has no time zone")
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{int(when.timestamp())} {sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
