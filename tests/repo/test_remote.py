"""Races and refusals at a remote."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.repo.error import RepoError
from runner.repo.ref import RefUpdate
from runner.repo.remote import Push
from runner.repo.repo import Repo

if TYPE_CHECKING:
    from tests.repo.conftest import Clone

AUTHORITY, BRANCH = "refs/loops/x", "refs/heads/loop/x"
PUSHED = Push(pushed=True, lost=(), atomic=True)


def both(new: str | None, old: str | None) -> list[RefUpdate]:
    return [RefUpdate(AUTHORITY, new, old), RefUpdate(BRANCH, new, old)]


def test_both_refs_move_in_one_push(clone: "Clone", origin: Repo) -> None:
    sha = clone.repo.head()
    assert clone.repo.push("origin", both(sha, None)) == PUSHED
    assert clone.repo.remote_refs("origin", ("refs/loops/*", "refs/heads/loop/*")) == {
        AUTHORITY: sha,
        BRANCH: sha,
    }
    assert origin.resolve(AUTHORITY) == sha


def test_a_lost_race_moves_nothing_and_names_the_ref(clone: "Clone", origin: Repo) -> None:
    first, second = clone.repo.head(), clone.commit("second")
    third = clone.commit("third")
    clone.repo.push("origin", both(first, None))
    clone.repo.push("origin", [RefUpdate(BRANCH, second, first)])
    assert clone.repo.push("origin", both(third, first)) == Push(
        pushed=False, lost=(BRANCH,), atomic=True
    )
    assert (origin.resolve(AUTHORITY), origin.resolve(BRANCH)) == (first, second)


def test_a_ref_that_should_not_exist_and_does_is_a_lost_race(clone: "Clone", origin: Repo) -> None:
    first = clone.repo.head()
    clone.repo.push("origin", both(first, None))
    second = clone.commit("second")
    assert clone.repo.push("origin", both(second, None)).lost == (AUTHORITY, BRANCH)
    assert origin.resolve(AUTHORITY) == first


def test_a_replayed_push_counts_as_pushed(clone: "Clone", origin: Repo) -> None:
    sha = clone.repo.head()
    clone.repo.push("origin", both(sha, None))
    assert clone.repo.push("origin", both(sha, None)) == PUSHED
    assert origin.resolve(AUTHORITY) == sha


def test_a_merged_branch_is_replaced_by_lease_on_its_exact_sha(
    clone: "Clone", origin: Repo
) -> None:
    first, second = clone.repo.head(), clone.commit("second")
    clone.repo.push("origin", [RefUpdate(BRANCH, second, None)])
    assert clone.repo.push("origin", [RefUpdate(BRANCH, first, second)]) == PUSHED
    assert origin.resolve(BRANCH) == first


def test_a_ref_is_deleted_by_lease_too(clone: "Clone", origin: Repo) -> None:
    sha = clone.repo.head()
    clone.repo.push("origin", both(sha, None))
    assert clone.repo.push("origin", [RefUpdate(BRANCH, None, sha)]) == PUSHED
    assert (origin.resolve(BRANCH), origin.resolve(AUTHORITY)) == (None, sha)


def test_one_of_two_racers_wins(clone: "Clone", origin: Repo) -> None:
    first = clone.repo.head()
    clone.repo.push("origin", both(first, None))
    shas = [clone.commit("left"), ""]
    clone.git("reset", "-q", "--hard", first)
    shas[1] = clone.commit("right")
    results: list[Push] = []

    def race(sha: str) -> None:
        results.append(clone.repo.push("origin", both(sha, first)))

    racers = [threading.Thread(target=race, args=(sha,)) for sha in shas]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(result.pushed for result in results) == [False, True]
    assert origin.resolve(AUTHORITY) == origin.resolve(BRANCH) != first


def test_without_atomic_the_authority_goes_first(clone: "Clone", origin: Repo) -> None:
    origin.git.run("config", "receive.advertiseAtomic", "false")
    first, second = clone.repo.head(), clone.commit("second")
    assert clone.repo.push("origin", both(first, None)) == Push(pushed=True, lost=(), atomic=False)
    clone.repo.push("origin", [RefUpdate(BRANCH, second, first)])
    third = clone.commit("third")
    assert clone.repo.push("origin", both(third, first)) == Push(
        pushed=True, lost=(BRANCH,), atomic=False
    )
    assert clone.repo.push("origin", both(second, first)).pushed is False
    assert (origin.resolve(AUTHORITY), origin.resolve(BRANCH)) == (third, second)


def test_a_declining_hook_is_an_error_with_its_words(clone: "Clone", origin: Repo) -> None:
    hook = origin.top / "hooks" / "pre-receive"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\necho protected branch policy >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(RepoError, match=r"pre-receive hook declined.*protected branch policy"):
        clone.repo.push("origin", both(clone.repo.head(), None))


def test_our_own_pre_push_hook_does_not_run(clone: "Clone", origin: Repo, tmp_path: Path) -> None:
    hook = clone.top / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert clone.repo.push("origin", both(clone.repo.head(), None)).pushed


def test_an_unreachable_remote_is_an_error(clone: "Clone", tmp_path: Path) -> None:
    where = str(tmp_path / "nowhere.git")
    with pytest.raises(RepoError, match="does not appear to be a git repository"):
        clone.repo.push(where, both(clone.repo.head(), None))
    with pytest.raises(RepoError):
        clone.repo.fetch(where, ["refs/heads/*:refs/x/*"])


def test_fetch_brings_exactly_what_was_named(clone: "Clone", origin: Repo) -> None:
    repo, sha = clone.repo, clone.repo.head()
    repo.push("origin", [*both(sha, None), RefUpdate("refs/tags/v1", sha, None)])
    before = clone.git("for-each-ref", "--format=%(refname)").splitlines()
    repo.fetch("origin", [f"+{AUTHORITY}:refs/git-loop/seen/x"])
    after = clone.git("for-each-ref", "--format=%(refname)").splitlines()
    assert sorted(set(after) - set(before)) == ["refs/git-loop/seen/x"]
    assert not (clone.top / ".git" / "FETCH_HEAD").exists()


def test_more_refs_are_fetched_than_a_command_line_holds(clone: "Clone", origin: Repo) -> None:
    repo, sha = clone.repo, clone.repo.head()
    repo.push("origin", both(sha, None))
    refs = [f"refs/git-loop/seen/{number:03d}-{'x' * 200}" for number in range(40)]
    specs = [f"+{AUTHORITY}:{ref}" for ref in refs]
    repo.fetch("origin", specs * 300)  # 2.6 MB, and some only asked for again
    assert repo.local_refs(refs).keys() == set(refs)


def test_patterns_match_whole_names(clone: "Clone", origin: Repo) -> None:
    sha = clone.repo.head()
    clone.repo.push("origin", [RefUpdate("refs/heads/refs/loops/x", sha, None)])
    assert clone.repo.remote_refs("origin", (AUTHORITY,)) == {}
    assert clone.repo.remote_refs("origin", ("refs/heads/main",)) == {"refs/heads/main": sha}
    assert origin.resolve("refs/heads/refs/loops/x") == sha


def test_a_remote_has_an_address_or_none(clone: "Clone", origin: Repo) -> None:
    assert clone.repo.remote_url("origin") == str(origin.top)
    assert clone.repo.remote_url("nope") is None


def test_an_unwritable_place_for_a_bare_repository_is_told(clone: "Clone") -> None:
    with pytest.raises(RepoError, match="cannot be created"):
        Repo.init_bare(clone.top / "a" / "b.git", environ=clone.environ)
