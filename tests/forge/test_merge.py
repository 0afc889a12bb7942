from collections.abc import Callable
from typing import Any

import pytest
import requests

BRANCH = "loop/kompress"
ROOT = "/repos/local/forge"
Ask = Callable[..., requests.Response]
Bench = Any  # the fixture's class lives in conftest.py, which is not imported


def opened(ask: Ask) -> None:
    wish = {"title": "Gain +0.04", "head": BRANCH, "base": "main", "body": "b"}
    assert ask("POST", f"{ROOT}/pulls", wish).status_code == 201


def shape(bench: Bench, span: str) -> list[tuple[str, int, str]]:
    """Return subject, number of parents and author of a range's commits, newest first."""
    return [(c.subject, len(c.parents), c.author.name) for c in bench.repo.log(span)]


def test_a_merge_commit_joins_both_histories(ask: Ask, bench: Bench) -> None:
    opened(ask)
    base, head = bench.push("main", {"b.txt": b"base moved\n"}), bench.tip(BRANCH)
    answer = ask("PUT", f"{ROOT}/pulls/1/merge", {"merge_method": "merge"})
    sha = answer.json()["sha"]
    assert answer.json() == {
        "sha": sha,
        "merged": True,
        "message": "Pull Request successfully merged",
    }
    assert bench.tip("main") == sha
    assert bench.repo.log(f"{base}..{sha}")[0].parents == (base, head)
    assert shape(bench, f"{base}..{sha}")[0] == (
        "Merge pull request #1 from loop/kompress",
        2,
        "git-loop",
    )
    assert bench.text("main", "b.txt") == b"base moved\n"
    assert bench.text("main", "state/kompress/head.json") == b"{}\n"


def test_a_squash_is_one_commit_with_the_whole_change(ask: Ask, bench: Bench) -> None:
    bench.push(BRANCH, {"c.txt": b"two\n"})
    opened(ask)
    base = bench.push("main", {"b.txt": b"base moved\n"})
    ask("PUT", f"{ROOT}/pulls/1/merge", {"merge_method": "squash"})
    assert shape(bench, f"{base}..main") == [("Gain +0.04 (#1)", 1, "git-loop")]
    assert bench.text("main", "c.txt") == b"two\n"
    assert bench.text("main", "b.txt") == b"base moved\n"


def test_a_rebase_lays_each_commit_on_the_base_with_its_author(ask: Ask, bench: Bench) -> None:
    bench.push(BRANCH, {"c.txt": b"two\n"})
    bench.push(BRANCH, {"c.txt": b"three\n", "d.txt": b"d\n"})
    opened(ask)
    base = bench.push("main", {"b.txt": b"base moved\n"})
    ask("PUT", f"{ROOT}/pulls/1/merge", {"merge_method": "rebase"})
    assert shape(bench, f"{base}..main") == [
        ("loop/kompress 2", 1, "Ada"),
        ("loop/kompress 1", 1, "Ada"),
        ("loop/kompress 1", 1, "Ada"),
    ]
    assert bench.repo.log(f"{base}..main")[-1].parents == (base,)
    assert bench.text("main", "c.txt") == b"three\n"
    assert bench.text("main", "b.txt") == b"base moved\n"


def test_the_words_of_a_merge_can_be_given(ask: Ask, bench: Bench) -> None:
    opened(ask)
    wish = {"merge_method": "squash", "commit_title": "Keep it", "commit_message": "Because."}
    ask("PUT", f"{ROOT}/pulls/1/merge", wish)
    assert bench.repo.log("main")[0].subject == "Keep it"


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_conflict_is_refused_and_moves_nothing(ask: Ask, bench: Bench, method: str) -> None:
    bench.push(BRANCH, {"a.txt": b"theirs\n"})
    opened(ask)
    base = bench.push("main", {"a.txt": b"ours\n"})
    answer = ask("PUT", f"{ROOT}/pulls/1/merge", {"merge_method": method})
    assert (answer.status_code, answer.json()["message"]) == (405, "Pull Request is not mergeable")
    assert bench.tip("main") == base
    pull = ask("GET", f"{ROOT}/pulls/1").json()
    assert (pull["state"], pull["mergeable"], pull["mergeable_state"]) == ("open", False, "dirty")


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merged_pull_request_is_frozen_and_its_branch_may_go_on(
    ask: Ask, bench: Bench, method: str
) -> None:
    opened(ask)
    head = bench.tip(BRANCH)
    ask("PUT", f"{ROOT}/pulls/1/merge", {"merge_method": method, "sha": head})
    bench.push(BRANCH, {"later.txt": b"later\n"})
    pull = ask("GET", f"{ROOT}/pulls/1").json()
    assert (pull["state"], pull["merged"], pull["head"]["sha"]) == ("closed", True, head)
    assert pull["merge_commit_sha"] == bench.tip("main")
    assert ask("GET", f"{ROOT}/pulls/1/merge").status_code == 204


def test_a_draft_is_not_merged(ask: Ask) -> None:
    wish = {"title": "t", "head": BRANCH, "base": "main", "draft": True}
    assert ask("POST", f"{ROOT}/pulls", wish).json()["draft"] is True
    assert ask("PUT", f"{ROOT}/pulls/1/merge", {}).status_code == 405
