"""One pull request per campaign, on the embedded forge, whatever a reviewer does with it."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Result, Workshop


def pulls(shop: "Workshop") -> list[tuple[int, str, bool]]:
    """Return number, state and whether it was merged, newest first."""
    found: list[dict[str, Any]] = shop.cli("forge", "ls", "--json").json
    return [(pull["number"], pull["state"], pull["merged"]) for pull in found]


def run(shop: "Workshop", *argv: str) -> "Result":
    done = shop.cli("run", "toy", *argv)
    assert done.code == 0, done.err
    return done


def test_two_runs_update_one_pull_request(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5)
    first, second = run(workshop), run(workshop)
    assert [line for line in first.out.splitlines() if "#" in line] == [
        "pull request #1 opened on the embedded forge",
        "pull request #1 updated on the embedded forge",
    ]
    assert "pull request #1 updated" in second.out
    assert pulls(workshop) == [(1, "open", False)]


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_after_a_merge_the_next_run_opens_a_second_pull_request_with_all_rows(
    workshop: "Workshop", method: str
) -> None:
    workshop.levels(3, 12, 5)
    mine = workshop.git("rev-parse", "main")
    run(workshop)
    assert workshop.cli("forge", "merge", "1", "--method", method).code == 0
    bare = workshop.place / "forge.git"
    merged = workshop.git("rev-parse", "main", cwd=bare)
    assert merged != mine

    run(workshop)

    assert pulls(workshop) == [(2, "open", False), (1, "closed", True)]
    assert workshop.git("rev-parse", "main", cwd=bare) == merged
    assert workshop.git("rev-parse", "main") == mine
    assert [row["number"] for row in workshop.rows("loop/toy")] == [0, 1, 2]
    assert workshop.rows("loop/toy") == workshop.rows()
    new = workshop.git("rev-list", f"{merged}..loop/toy").splitlines()
    assert len(new) == 1


def test_a_pulled_merge_and_new_work_on_the_base_are_built_upon(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5)
    run(workshop)
    workshop.cli("forge", "merge", "1")
    bare = str(workshop.place / "forge.git")
    workshop.git("pull", "-q", "--ff-only", bare, "main")
    newer = workshop.commit({"readme": "new"})
    run(workshop)
    assert pulls(workshop) == [(2, "open", False), (1, "closed", True)]
    assert workshop.git("rev-parse", "loop/toy~1") == newer
    assert workshop.git("rev-parse", "main", cwd=workshop.place / "forge.git") == newer


def test_a_base_that_went_apart_from_the_merge_is_never_overwritten(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5)
    run(workshop)
    workshop.cli("forge", "merge", "1")
    bare = workshop.place / "forge.git"
    merged = workshop.git("rev-parse", "main", cwd=bare)
    workshop.commit({"readme": "new"})
    refused = workshop.cli("run", "toy")
    assert refused.code == 1
    assert refused.complaint == (
        "a pull request was merged into main on the embedded forge, and main here has other "
        f"commits; run git pull --no-rebase {bare} main"
    )
    assert workshop.git("rev-parse", "main", cwd=bare) == merged
    workshop.git("pull", "-q", "--no-rebase", str(bare), "main")
    run(workshop)
    assert pulls(workshop)[0] == (2, "open", False)


def test_a_rewritten_base_replaces_the_one_that_was_offered(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5)
    run(workshop)
    workshop.git("commit", "-q", "--amend", "-m", "reworded")
    amended = workshop.git("rev-parse", "main")
    run(workshop)
    assert workshop.git("rev-parse", "main", cwd=workshop.place / "forge.git") == amended


def test_a_closed_pull_request_is_declined_until_someone_reopens(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5, 6)
    run(workshop)
    workshop.cli("forge", "close", "1")
    rested = run(workshop)
    assert rested.out.splitlines() == [
        "toy rests (declined): pull request #1 was closed without merging",
        "next: reopen it, or run `git-loop run toy --reopen`",
    ]
    assert workshop.made() == ["make 0", "make 1"]
    run(workshop, "--reopen")
    assert pulls(workshop) == [(1, "open", False)]
    assert workshop.verdicts() == ["baseline", "accept", "reject"]
    run(workshop)
    assert len(workshop.rows()) == 4


def test_rows_survive_a_closed_pull_request_and_a_deleted_branch(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5)
    run(workshop)
    workshop.cli("forge", "close", "1")
    workshop.git("branch", "-D", "loop/toy", cwd=workshop.place / "forge.git")
    run(workshop, "--reopen")
    assert [row["number"] for row in workshop.rows("loop/toy")] == [0, 1, 2]
    assert pulls(workshop)[0][1:] == ("open", False)


def test_a_declined_branch_that_was_made_again_gets_a_new_pull_request(
    workshop: "Workshop",
) -> None:
    """A forge does not reopen a pull request on a branch that starts anew."""
    workshop.levels(3, 12, 5, 6)
    run(workshop)
    workshop.cli("forge", "close", "1")
    workshop.git("branch", "-D", "loop/toy", cwd=workshop.place / "forge.git")
    workshop.run()
    run(workshop, "--reopen")
    assert pulls(workshop) == [(2, "open", False), (1, "closed", False)]
    assert [row["number"] for row in workshop.rows("loop/toy")] == [0, 1, 2, 3]


def test_a_branch_deleted_before_it_is_shown_is_one_clear_line(workshop: "Workshop") -> None:
    workshop.levels(3, 12)
    workshop.run()
    workshop.git("branch", "-D", "loop/toy", cwd=workshop.place / "forge.git")
    done = workshop.cli("stage", "publish", "--run", str(workshop.runs()[-1]))
    assert done.code == 1
    assert done.complaint == (
        "pull request pending: branch loop/toy is not on the remote; the next run completes it"
    )
    run(workshop)
    assert pulls(workshop) == [(1, "open", False)]


def test_rows_recorded_without_publishing_are_shown_by_the_next_run(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5)
    workshop.run()
    assert pulls(workshop) == []
    run(workshop)
    assert pulls(workshop) == [(1, "open", False)]
    body = workshop.cli("forge", "show", "1", "--json").json["pull"]["body"]
    assert "0.250" in body
    assert "1.000" in body


def test_a_stopped_loop_still_shows_what_was_not_published(workshop: "Workshop") -> None:
    workshop.levels(3)
    workshop.run("--iterations", "3")
    assert workshop.head()["stop"]["name"] == "underpowered"
    rested = run(workshop)
    assert rested.out.startswith("toy rests (underpowered): ")
    assert pulls(workshop) == [(1, "open", False)]
