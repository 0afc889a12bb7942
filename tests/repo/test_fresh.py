"""Files put under git for a person: in a repository of their own, or in the one they work in."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.repo.build import Identity
from runner.repo.error import RepoError
from runner.repo.fresh import commit_files, new_repository
from runner.repo.repo import Repo

if TYPE_CHECKING:
    from tests.conftest import Workshop

US = Identity("us", "us@example.invalid")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def made(folder: Path, files: dict[str, bytes]) -> Repo:
    return new_repository(
        folder, files, message="Add", author=US, when=NOON, environ=dict(os.environ)
    )


def test_a_new_repository_has_its_files_checked_out_and_nothing_dirty(tmp_path: Path) -> None:
    repo = made(tmp_path / "new", {"a/b.txt": b"one\n", "c": b"two"})
    assert (tmp_path / "new/a/b.txt").read_bytes() == b"one\n"
    assert repo.current_branch() == "main"
    assert repo.checkout().dirty == ()


def test_the_same_files_again_change_nothing_and_others_are_a_commit(tmp_path: Path) -> None:
    first = made(tmp_path, {"a": b"1"}).head()
    assert made(tmp_path, {"a": b"1"}).head() == first
    later = made(tmp_path, {"a": b"2"})
    assert later.is_ancestor(first, later.head())
    assert (tmp_path / "a").read_bytes() == b"2"


def test_files_that_an_interrupted_try_did_not_check_out_are_there_after_the_next(
    tmp_path: Path,
) -> None:
    made(tmp_path, {"a": b"1"})
    (tmp_path / "a").unlink()
    (tmp_path / ".git/index").unlink()
    made(tmp_path, {"a": b"1"})
    assert (tmp_path / "a").read_bytes() == b"1"


def test_a_place_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RepoError, match="cannot be created"):
        made(tmp_path / "file/below", {})


def test_a_persons_repository_gets_these_files_under_their_name(sandboxed: "Workshop") -> None:
    shop = sandboxed
    shop.git("config", "user.name", "Ann")
    shop.git("config", "user.email", "ann@example.invalid")
    (shop.top / "eval.py").write_text("# being worked on\n")
    shop.git("add", "eval.py")
    repo = Repo.discover(shop.top, environ=os.environ)
    assert commit_files(repo, {"new/a.txt": b"x\n"}, message="Add a") == ("new/a.txt",)
    assert shop.git("log", "-1", "--format=%an %s") == "Ann Add a"
    assert shop.git("show", "--stat", "--format=", "HEAD").split()[0] == "new/a.txt"
    assert shop.git("diff", "--cached", "--name-only") == "eval.py"  # theirs stays staged
    assert commit_files(repo, {"new/a.txt": b"x\n"}, message="Again") == ()
