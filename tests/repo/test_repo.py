"""Finding a repository and reading it."""

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.repo.build import Identity
from runner.repo.error import RepoError
from runner.repo.ref import LocalRef, RefUpdate
from runner.repo.repo import Repo

if TYPE_CHECKING:
    from tests.repo.conftest import Clone


def test_a_repository_is_found_from_a_subfolder(clone: "Clone") -> None:
    clone.commit("deep", **{"x/y/z": "deep\n"})
    repo = Repo.discover(clone.top / "x" / "y", environ=clone.environ)
    assert (repo.top, repo.common_dir) == (clone.top, clone.top / ".git")


def test_variables_of_a_surrounding_hook_do_not_move_us(clone: "Clone", tmp_path: Path) -> None:
    planted = clone.environ | {"GIT_DIR": str(tmp_path / "other"), "GIT_INDEX_FILE": "x"}
    assert Repo.discover(clone.top, environ=planted).head() == clone.git("rev-parse", "HEAD")


def test_no_repository_is_told_in_one_line(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(RepoError, match="is not inside a git repository; run git init"):
        Repo.discover(tmp_path, environ=environ | {"GIT_CEILING_DIRECTORIES": "/"})


def test_a_bare_repository_is_refused_as_a_workplace(tmp_path: Path, clone: "Clone") -> None:
    bare = Repo.init_bare(tmp_path / "b.git", environ=clone.environ)
    with pytest.raises(RepoError, match="is a bare repository; run inside a clone with files"):
        Repo.discover(bare.top, environ=clone.environ)


def test_the_inside_of_dot_git_is_no_workplace(clone: "Clone") -> None:
    with pytest.raises(RepoError, match="is not inside a work tree"):
        Repo.discover(clone.top / ".git", environ=clone.environ)


def test_a_clone_is_no_bare_repository(clone: "Clone") -> None:
    with pytest.raises(RepoError, match="is not a bare repository"):
        Repo.bare(clone.top, environ=clone.environ)


def test_no_commits_yet_asks_for_the_first_one(empty: "Clone") -> None:
    with pytest.raises(RepoError, match=r"has no commits yet: make a first commit$"):
        empty.repo.head()
    assert empty.repo.checkout().dirty == ()
    assert empty.repo.checkout().branch == "main"


def test_the_key_is_of_the_clone_not_of_the_work_tree(clone: "Clone", tmp_path: Path) -> None:
    clone.git("worktree", "add", "-q", str(tmp_path / "second"), "-b", "second")
    second = Repo.discover(tmp_path / "second", environ=clone.environ)
    other = tmp_path / "other"
    clone.git("clone", "-q", str(clone.top), str(other))
    alias = tmp_path / "alias"
    alias.symlink_to(clone.top)
    assert second.key == clone.repo.key
    assert Repo.discover(alias, environ=clone.environ).key == clone.repo.key
    assert Repo.discover(other, environ=clone.environ).key != clone.repo.key
    assert len(clone.repo.key) == 16


def test_names_resolve_to_commits_or_to_none(clone: "Clone") -> None:
    sha = clone.git("rev-parse", "HEAD")
    clone.git("tag", "-a", "v1", "-m", "v1")
    repo = clone.repo
    assert [repo.resolve(n) for n in ("main", "v1", sha, "HEAD", "nope")] == [sha] * 4 + [None]
    assert repo.resolve("HEAD:a") is None


def test_a_detached_head_has_no_branch(clone: "Clone") -> None:
    clone.git("checkout", "-q", "--detach")
    assert clone.repo.checkout().branch is None


def test_dirty_names_tracked_changes_only(clone: "Clone") -> None:
    clone.commit("more", b="two\n", **{"ä c": "three\n"})
    clone.write("ä c", "changed\n")
    clone.write("b", "staged\n")
    clone.git("add", "b")
    (clone.top / "a").unlink()
    clone.write("untracked", "x")
    assert clone.repo.checkout().dirty == ("a", "b", "ä c")


def test_reading_the_state_leaves_the_index_alone(clone: "Clone") -> None:
    index = clone.top / ".git" / "index"
    os.utime(clone.top / "a", (1, 1))
    before = index.read_bytes()
    assert clone.repo.checkout().dirty == ()
    assert index.read_bytes() == before


def test_files_are_read_as_committed_not_as_on_disk(clone: "Clone") -> None:
    clone.commit("deep", **{"d/with space": "x\n", "d/empty": "", "d/ünï": "u\n"})
    clone.write("a", "changed on disk\n")
    repo = clone.repo
    paths = ("a", "d/with space", "d/empty", "d/ünï", "d", "missing", "a")
    assert repo.read_many("HEAD", paths) == {
        "a": b"one\n",
        "d/with space": b"x\n",
        "d/empty": b"",
        "d/ünï": b"u\n",
    }
    assert repo.read("HEAD", "missing") is None
    assert repo.read_many("HEAD", ()) == {}


def test_reading_at_no_commit_is_an_error_not_an_absence(clone: "Clone") -> None:
    with pytest.raises(RepoError, match=r"^nope is not a commit of this repository$"):
        clone.repo.read("nope", "a")


def test_a_folder_is_listed_whole(clone: "Clone") -> None:
    clone.commit("deep", **{"s/1/b": "1", "s/1/a": "2", "s/c": "3", "sx": "4"})
    repo = clone.repo
    assert repo.list_folder("HEAD", "s") == ("s/1/a", "s/1/b", "s/c")
    assert repo.list_folder("HEAD", "none") == ()
    assert repo.list_folder("HEAD", "") == ("a", "s/1/a", "s/1/b", "s/c", "sx")


def test_ancestry(clone: "Clone") -> None:
    first = clone.repo.head()
    second = clone.commit("second")
    repo = clone.repo
    assert repo.is_ancestor(first, second)
    assert repo.is_ancestor(second, second)
    assert not repo.is_ancestor(second, first)
    with pytest.raises(RepoError):
        repo.is_ancestor("nope", second)


def test_changed_paths_counts_a_rename_as_two(clone: "Clone") -> None:
    clone.git("mv", "a", "b")
    clone.commit("move", c="new\n")
    assert clone.repo.changed_paths("HEAD~1", "HEAD") == ("a", "b", "c")
    assert clone.repo.changed_paths("HEAD", "HEAD") == ()


def test_the_log_tells_people_trailers_and_paths(clone: "Clone") -> None:
    first = clone.repo.head()
    message = "loop(x): iteration 1\n\nBody: not a trailer.\n\nLoop-Id: x\nLoop-Cost-USD: 0.5\n"
    sha = clone.commit(message, **{"d/b": "two\n"})
    (commit,) = clone.repo.log(f"{first}..HEAD")
    assert (commit.sha, commit.parents, commit.subject) == (sha, (first,), "loop(x): iteration 1")
    assert commit.trailers == {"Loop-Id": "x", "Loop-Cost-USD": "0.5"}
    assert commit.paths == ("d/b",)
    assert commit.author == commit.committer == Identity("Ann", "ann@example.invalid")
    assert commit.when.tzinfo is not None


def test_the_log_is_newest_first_and_keeps_empty_and_root_commits(clone: "Clone") -> None:
    clone.commit("empty")
    clone.commit("third", b="x")
    assert [(c.subject, c.paths) for c in clone.repo.log("HEAD")] == [
        ("third", ("b",)),
        ("empty", ()),
        ("first", ("a",)),
    ]
    assert clone.repo.log("HEAD..HEAD") == ()


def test_a_merge_shows_what_it_brought_to_its_first_parent(clone: "Clone") -> None:
    clone.git("checkout", "-q", "-b", "side")
    clone.commit("side", side="s")
    clone.git("checkout", "-q", "main")
    clone.commit("main", main="m")
    clone.git("merge", "-q", "--no-edit", "side")
    merge = clone.repo.log("HEAD")[0]
    assert (len(merge.parents), merge.paths) == (2, ("side",))


def test_control_characters_in_a_name_do_not_split_the_log(clone: "Clone") -> None:
    clone.git("config", "user.name", "A\x1eB\x1fC|\tD")
    clone.commit("odd", odd="x")
    log = clone.repo.log("HEAD")
    assert [c.subject for c in log] == ["odd", "first"]
    assert log[0].author.name == "A\x1eB\x1fC|\tD"


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=st.text(st.characters(min_codepoint=33, exclude_categories=["C", "Z"]), min_size=1))
def test_any_subject_survives_the_log(clone: "Clone", subject: str) -> None:
    subprocess.run(
        ["git", "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-"],
        cwd=clone.top,
        env=clone.environ,
        input=subject.encode(),
        check=True,
    )
    assert clone.repo.log("HEAD~1..HEAD")[0].subject == subject


def test_refs_move_together_or_not_at_all(clone: "Clone") -> None:
    repo, first = clone.repo, clone.repo.head()
    second = clone.commit("second")
    one, two = "refs/loops/one", "refs/loops/two"
    assert repo.update_refs([RefUpdate(one, first, None), RefUpdate(two, first, None)])
    assert not repo.update_refs([RefUpdate(one, second, first), RefUpdate(two, second, None)])
    assert (repo.resolve(one), repo.resolve(two)) == (first, first)
    assert repo.update_refs([RefUpdate(one, second, first), RefUpdate(two, None, first)])
    assert (repo.resolve(one), repo.resolve(two)) == (second, None)


def test_a_ref_to_a_missing_commit_is_an_error_not_a_lost_race(clone: "Clone") -> None:
    with pytest.raises(RepoError, match=r"^git update-ref failed"):
        clone.repo.update_refs([RefUpdate("refs/loops/x", "1" * 40, None)])


def test_branches_of_all_work_trees_are_known(clone: "Clone", tmp_path: Path) -> None:
    clone.git("worktree", "add", "-q", str(tmp_path / "second"), "-b", "loop/x")
    names = ("refs/heads/main", "refs/heads/loop/x", "refs/heads/none")
    head = clone.repo.head()
    both = {name: LocalRef(head, checked_out=True) for name in names[:2]}
    assert clone.repo.local_refs(names) == both
    clone.git("checkout", "-q", "--detach")
    assert clone.repo.local_refs(names) == both | {names[0]: LocalRef(head, checked_out=False)}


def test_a_tree_is_listed_by_name_and_sha_without_a_process(clone: "Clone") -> None:
    commit = clone.commit("files", **{"z/b/c d.txt": "x", "z/é\n.txt": "y"})
    found = clone.repo.entries(f"{commit}:z")
    assert found == {
        "b": clone.git("rev-parse", f"{commit}:z/b"),
        "é\n.txt": clone.git("rev-parse", f"{commit}:z/é\n.txt"),
    }
    assert [clone.repo.entries(f"{commit}:{each}") for each in ("gone", "z/b/c d.txt")] == [{}, {}]
