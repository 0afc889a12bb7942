from typing import Any

import pytest

from runner.core.forge import Forge

BRANCH = "loop/kompress"
Bench = Any  # the fixture's class lives in conftest.py, which is not imported


@pytest.fixture
def opened(forge: Forge) -> Forge:
    forge.create_pull(branch=BRANCH, base="main", title="t", body="b")
    return forge


def test_an_open_pull_request_follows_its_branch(opened: Forge, bench: Bench) -> None:
    tip = bench.push(BRANCH, {"b": b"2"})
    assert opened.pull(1).head_sha == tip


def test_a_force_push_is_followed_too(opened: Forge, bench: Bench) -> None:
    bench.point(BRANCH, bench.push("elsewhere", {"b": b"2"}, onto="main"))
    assert (opened.pull(1).state, opened.pull(1).head_sha) == ("open", bench.tip("elsewhere"))


def test_a_deleted_branch_closes_and_freezes(opened: Forge, bench: Bench) -> None:
    tip = bench.tip(BRANCH)
    bench.point(BRANCH, None)
    pull = opened.pull(1)
    assert (pull.state, pull.merged, pull.head_sha) == ("closed", False, tip)


def test_a_closed_pull_request_does_not_follow_its_branch(opened: Forge, bench: Bench) -> None:
    tip = bench.tip(BRANCH)
    bench.point(BRANCH, None)
    opened.pull(1)
    bench.push(BRANCH, {"b": b"2"}, onto="main")
    assert opened.pull(1).head_sha == tip


def test_a_branch_merged_by_hand_and_pushed_is_merged(opened: Forge, bench: Bench) -> None:
    bench.point("main", bench.tip(BRANCH))
    pull = opened.pull(1)
    assert (pull.state, pull.merged) == ("closed", True)


def test_a_branch_merged_by_hand_and_deleted_is_merged(opened: Forge, bench: Bench) -> None:
    bench.point("main", bench.tip(BRANCH))
    bench.point(BRANCH, None)
    assert opened.pull(1).merged


def test_a_branch_reset_to_its_base_is_closed_and_not_merged(opened: Forge, bench: Bench) -> None:
    bench.point(BRANCH, bench.tip("main"))
    pull = opened.pull(1)
    assert (pull.state, pull.merged) == ("closed", False)


def test_a_base_that_is_gone_leaves_the_pull_request_open(opened: Forge, bench: Bench) -> None:
    bench.point("main", None)
    assert opened.pull(1).state == "open"
    before = bench.repo.resolve("refs/forge/state")
    opened.pull(1)
    assert bench.repo.resolve("refs/forge/state") == before


def test_looking_at_what_did_not_change_writes_nothing(opened: Forge, bench: Bench) -> None:
    before = bench.repo.resolve("refs/forge/state")
    opened.pull(1)
    opened.pulls(BRANCH)
    assert bench.repo.resolve("refs/forge/state") == before
