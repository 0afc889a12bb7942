"""Commits beside the index and the work tree."""

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.repo.build import Identity, NewCommit
from runner.repo.error import RepoError
from runner.repo.ref import RefUpdate, update_refs
from runner.repo.repo import Repo
from runner.sandbox.tree import descendants

if TYPE_CHECKING:
    from tests.repo.conftest import Clone

BOT = Identity("git-loop", "git-loop@example.invalid")
WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def commit(repo: Repo, parent: str | None, message: str = "m", **files: bytes | None) -> str:
    return repo.commit(parent=parent, files=files, message=message, author=BOT, when=WHEN)


def files_of(clone: "Clone") -> dict[str, str]:
    """Return path to digest of everything in the clone but objects."""
    return {
        str(p.relative_to(clone.top)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in clone.top.rglob("*")
        if p.is_file() and "objects" not in p.parts
    }


def test_a_commit_adds_replaces_and_deletes(clone: "Clone") -> None:
    repo = clone.repo
    first = commit(repo, repo.head(), **{"d/b": b"two\n", "c": b"three\n"})
    second = commit(repo, first, a=b"\x00\xff", d=None)
    assert repo.read_many(second, ("a", "c", "d/b")) == {"a": b"\x00\xff", "c": b"three\n"}
    assert repo.changed_paths(first, second) == ("a", "d/b")


def test_building_touches_neither_index_nor_files_nor_refs(clone: "Clone") -> None:
    clone.write("a", "work in progress\n")
    clone.git("add", "a")
    before = files_of(clone)
    commit(clone.repo, clone.repo.head(), a=b"ours\n")
    assert files_of(clone) == before
    assert clone.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_the_same_commit_has_the_same_sha_again(clone: "Clone") -> None:
    head = clone.repo.head()
    assert commit(clone.repo, head, x=b"1") == commit(clone.repo, head, x=b"1")


def test_git_itself_builds_the_same_commit(clone: "Clone") -> None:
    sha = commit(clone.repo, clone.repo.head(), "subject\n\nbody ü\n", x=b"1\n")
    clone.write("x", "1\n")
    clone.git("add", "x")
    tree = clone.git("write-tree")
    assert clone.git("cat-file", "-p", sha).splitlines() == [
        f"tree {tree}",
        f"parent {clone.repo.head()}",
        "author git-loop <git-loop@example.invalid> 1772366400 +0000",
        "committer git-loop <git-loop@example.invalid> 1772366400 +0000",
        "",
        "subject",
        "",
        "body ü",
    ]
    clone.git("fsck", "--strict")


def test_a_root_commit_has_no_parent_and_nothing_else(empty: "Clone") -> None:
    sha = commit(empty.repo, None, only=b"x")
    assert empty.repo.list_folder(sha, "") == ("only",)
    assert empty.repo.log(sha)[0].parents == ()


def test_several_commits_in_one_run_name_each_other(clone: "Clone") -> None:
    head = clone.repo.head()
    shas = clone.repo.build(
        [
            NewCommit((head,), {"x": b"1"}, "one", BOT, WHEN),
            NewCommit((0,), {"y": b"2"}, "two", BOT, WHEN),
            NewCommit((head,), {"z": b"3"}, "beside", BOT, WHEN),
            NewCommit((1, 2), {"z": b"3"}, "merge", BOT, WHEN),
        ]
    )
    log = {c.sha: c.parents for c in clone.repo.log(f"{head}..{shas[3]}")}
    assert log == {
        shas[0]: (head,),
        shas[1]: (shas[0],),
        shas[2]: (head,),
        shas[3]: (shas[1], shas[2]),
    }
    assert clone.repo.list_folder(shas[3], "") == ("a", "x", "y", "z")
    assert clone.repo.list_folder(shas[2], "") == ("a", "z")


def test_a_tree_can_come_from_another_commit_than_the_parent(clone: "Clone") -> None:
    repo, head = clone.repo, clone.repo.head()
    other = commit(repo, None, only=b"x", gone=b"y")
    new = NewCommit((head,), {"gone": None, "new": b"z"}, "m", BOT, WHEN, base_tree_from=other)
    (sha,) = repo.build([new])
    assert repo.list_folder(sha, "") == ("new", "only")
    assert repo.log(sha)[0].parents == (head,)


@pytest.mark.parametrize(
    "path",
    ['quo"te', "back\\slash", "sp ace", "täb\t", '"', "-dash", "\\n"],
    ids=["quote", "backslash", "space", "tab", "only-quote", "dash", "escape"],
)
def test_odd_paths_survive(clone: "Clone", path: str) -> None:
    sha = commit(clone.repo, clone.repo.head(), **{path: b"x"})
    assert clone.repo.read(sha, path) == b"x"
    assert clone.repo.log(sha)[0].paths == (path,)


def test_content_that_looks_like_commands_is_content(clone: "Clone") -> None:
    evil = b"done\nreset refs/heads/main\nfrom 0000\n\ncommit refs/heads/main\n"
    sha = commit(clone.repo, clone.repo.head(), f"m\n\n{evil.decode()}", x=evil)
    assert clone.repo.read(sha, "x") == evil
    assert clone.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_a_name_cannot_forge_a_header(clone: "Clone") -> None:
    evil = Identity("Eve <e@x> 0 +0000\ncommitter Boss", "e@x>\n")
    sha = clone.repo.commit(parent=clone.repo.head(), files={}, message="m", author=evil, when=WHEN)
    assert clone.repo.log(sha)[0].committer.name == "Eve  e@x  0 +0000 committer Boss"


def test_the_time_zone_is_kept(clone: "Clone") -> None:
    when = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(-timedelta(hours=3, minutes=30)))
    sha = clone.repo.commit(parent=None, files={}, message="m", author=BOT, when=when)
    assert clone.repo.log(sha)[0].when == when
    assert clone.repo.log(sha)[0].when.utcoffset() == timedelta(hours=-3, minutes=-30)


def test_a_naive_time_is_refused(clone: "Clone") -> None:
    naive = WHEN.replace(tzinfo=None)
    with pytest.raises(RepoError, match=r"has no time zone$"):
        clone.repo.commit(parent=None, files={}, message="m", author=BOT, when=naive)


@pytest.mark.parametrize("path", ["../x", "/x", ".git/hooks/x", "a\nD a"])
def test_a_path_cannot_leave_the_tree(clone: "Clone", path: str) -> None:
    with pytest.raises(RepoError):
        commit(clone.repo, clone.repo.head(), **{path: b"x"})


def test_a_missing_parent_is_refused(clone: "Clone") -> None:
    with pytest.raises(RepoError, match=r"^git fast-import failed"):
        commit(clone.repo, "1" * 40, x=b"x")


def test_a_commit_cannot_name_one_that_comes_after(clone: "Clone") -> None:
    with pytest.raises(RepoError, match=r"names commit 0, which is not before it$"):
        clone.repo.build([NewCommit((0,), {}, "m", BOT, WHEN)])


def test_planted_hooks_do_not_run(clone: "Clone", tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    for name in ("post-commit", "reference-transaction", "post-index-change", "pre-commit"):
        hook = clone.top / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
        hook.chmod(0o755)
    clone.git("config", "core.fsmonitor", f"touch {mark}; false")
    commit(clone.repo, clone.repo.head(), x=b"x")
    clone.repo.checkout()
    assert not mark.exists()


def test_a_commit_stays_fast_at_ten_thousand_rows(clone: "Clone") -> None:
    rows = {f"state/x/it/{n // 100:04d}/{n:06d}.json": b"%d\n" % n for n in range(10_000)}
    base = commit(clone.repo, clone.repo.head(), **rows)
    seconds = []
    for n in range(7):
        start = time.perf_counter()
        new = {f"state/x/it/0100/{10_000 + n:06d}.json": b"new\n", "state/x/head.json": b"%d" % n}
        base = commit(clone.repo, base, **new)
        seconds.append(time.perf_counter() - start)
    assert len(clone.repo.list_folder(base, "state/x")) == 10_008
    # 30 ms on a quiet machine; the bound leaves room for a busy one and still tells O(rows) apart.
    assert min(seconds) < 0.1


WORKER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from runner.repo.build import Identity
from runner.repo.ref import RefUpdate, update_refs
from runner.repo.repo import Repo
repo = Repo.discover(Path(sys.argv[1]), environ=os.environ)
bot, when, ref = Identity("a", "a@x"), datetime(2026, 3, 1, tzinfo=UTC), "refs/loops/x"
for number in range(10_000):
    old = repo.resolve(ref)
    files = {f"it/{number}": os.urandom(3000), "head": os.urandom(100_000)}
    new = repo.commit(parent=old, files=files, message=f"{number}", author=bot, when=when)
    step = [RefUpdate(ref, new, old)]
    assert update_refs(repo.git, step, folder=repo.common_dir, stale_s=0.2)
    print(new, flush=True)
"""


def test_a_kill_at_any_moment_blocks_nothing(clone: "Clone") -> None:
    rng = random.Random(5)
    for _ in range(8):
        argv = [sys.executable, "-c", WORKER, str(clone.top)]
        worker = subprocess.Popen(argv, env=clone.environ, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(rng.uniform(0, 0.03))
        for pid in (*descendants(worker.pid), worker.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        worker.communicate()
    repo = clone.repo
    old = repo.resolve("refs/loops/x")
    assert old is not None
    last = [RefUpdate("refs/loops/x", commit(repo, old, x=b"after"), old)]
    assert update_refs(repo.git, last, folder=repo.common_dir, stale_s=0.2)
    clone.git("fsck", "--strict", "--no-dangling")
    refs = clone.git("for-each-ref", "--format=%(refname)").splitlines()
    assert refs == ["refs/heads/main", "refs/loops/x"]
