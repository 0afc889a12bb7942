from typing import Any

import pytest

from runner.core.forge import Forge, ForgeError
from runner.forge.offline import Desk

BRANCH = "loop/kompress"
Bench = Any  # the fixture's class lives in conftest.py, which is not imported


@pytest.fixture
def desk(bench: Bench, forge: Forge) -> Desk:
    forge.create_pull(branch=BRANCH, base="main", title="t", body="b")
    return Desk(bench.repo, clock=bench.clock, user="ada")


def test_the_desk_shows_what_the_server_shows(desk: Desk, forge: Forge) -> None:
    assert desk.pulls() == forge.pulls(BRANCH)
    assert desk.show(1).pull == forge.pull(1)
    assert desk.show(1).author == "git-loop"


def test_a_merge_at_the_desk_is_a_merge_on_the_server(
    desk: Desk, forge: Forge, bench: Bench
) -> None:
    shown = desk.merge(1, method="squash")
    assert shown.merge_commit == bench.tip("main")
    assert forge.pull(1).merged


def test_closing_declines_and_reopening_takes_it_back(desk: Desk, forge: Forge) -> None:
    assert desk.close(1).pull.state == "closed"
    assert forge.pull(1).state == "closed"
    assert desk.reopen(1).pull.state == "open"


def test_a_comment_at_the_desk_has_its_authors_name(desk: Desk) -> None:
    comments = desk.comment(1, "looks good").comments
    assert [(c.user, c.body) for c in comments] == [("ada", "looks good")]


def test_a_refusal_at_the_desk_is_one_line(desk: Desk) -> None:
    desk.merge(1)
    with pytest.raises(ForgeError) as caught:
        desk.merge(1)
    assert str(caught.value) == "pull request #1: pull request is not mergeable"
    with pytest.raises(ForgeError) as caught:
        desk.reopen(1)
    assert str(caught.value) == (
        "pull request #1: validation failed; state cannot be changed. the pull request was merged"
    )


def test_a_number_that_is_not_there_is_told(desk: Desk) -> None:
    with pytest.raises(ForgeError, match="pull request #9: not found") as caught:
        desk.show(9)
    assert caught.value.status == 404
