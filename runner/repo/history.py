"""Commits as git tells them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from runner.repo.build import Identity
from runner.repo.git import Git
from runner.repo.name import revision

_FIELDS = (
    *("%H", "%P", "%an", "%ae", "%cn", "%ce", "%cI", "%s"),
    "%(trailers:only,unfold,separator=%x0A)",
)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the history.

    Attributes:
        when: The committer's time, aware.
        trailers: Key to value of the message's last paragraph; of several, the last.
        paths: What it changed against its first parent; a rename counts as two.
    """

    sha: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    when: datetime
    subject: str
    trailers: dict[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()


def log(git: Git, span: str) -> tuple[Commit, ...]:
    """Return the commits of a range such as `main..topic`, newest first, parents after children.

    Raises:
        RepoError: the range names something that is not there.
    """
    return _log(git, "--topo-order", span=span)


def spine(git: Git, tip: str) -> tuple[Commit, ...]:
    """Return a commit and its first parents, newest first: what a ref held, step by step.

    Raises:
        RepoError: there is no such commit.
    """
    return _log(git, "--first-parent", span=tip)


def _log(git: Git, order: str, *, span: str) -> tuple[Commit, ...]:
    shape = "--format=tformat:" + "%x00".join(_FIELDS)
    # Control characters in names cannot split a record: NUL is the one byte a commit cannot hold.
    out = git.run("log", "-z", order, "--no-color", shape, revision(span), "--")
    parts = out.decode(errors="replace").split("\0")
    width = len(_FIELDS)
    records = [parts[at : at + width] for at in range(0, len(parts) - 1, width)]
    paths = dict(_paths(git, [record[0] for record in records]))
    return tuple(_commit(record, paths.get(record[0], ())) for record in records)


def _commit(record: Sequence[str], paths: tuple[str, ...]) -> Commit:
    sha, parents, author, author_mail, committer, committer_mail, when, subject, trailers = record
    pairs = (line.partition(":") for line in trailers.splitlines() if ":" in line)
    return Commit(
        sha=sha,
        parents=tuple(parents.split()),
        author=Identity(author, author_mail),
        committer=Identity(committer, committer_mail),
        when=datetime.fromisoformat(when),
        subject=subject,
        trailers={key.strip(): value.strip() for key, _, value in pairs},
        paths=paths,
    )


def _paths(git: Git, shas: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each commit's changed paths, from one process for all of them."""
    if not shas:
        return
    options = ("-r", "-z", "--root", "--always", "--name-only", "--no-renames")
    merges = "--diff-merges=first-parent"
    stdin = "".join(f"{sha}\n" for sha in shas).encode()
    out = git.run("diff-tree", "--stdin", *options, merges, stdin=stdin)
    parts = [p.decode(errors="surrogateescape") for p in out.split(b"\0") if p]
    known = frozenset(shas)
    starts = [at for at, part in enumerate(parts) if part in known]
    for start, end in zip(starts, [*starts[1:], len(parts)], strict=True):
        yield parts[start], tuple(parts[start + 1 : end])
