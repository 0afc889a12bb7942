"""What a reviewer pushes to the campaign's branch is kept, or stops the loop; never overwritten."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Workshop


def push(shop: "Workshop", files: dict[str, str]) -> str:
    """Commit files to the branch as someone with a clone of their own, and push."""
    bare, clone = shop.place / "forge.git", shop.home.parent / "reviewer"
    if not clone.exists():
        shop.git("clone", "-q", str(bare), str(clone), "-b", "loop/toy")
    shop.git("pull", "-q", "--rebase", cwd=clone)
    for path, text in files.items():
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text(text)
    shop.git("add", "-A", cwd=clone)
    shop.git("commit", "-q", "-m", "review", cwd=clone)
    shop.git("push", "-q", cwd=clone)
    return shop.git("rev-parse", "HEAD", cwd=clone)


def test_a_reviewers_commit_stays_below_the_next_row(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5)
    workshop.cli("run", "toy")
    review = push(workshop, {"NOTES.md": "looks good\n"})
    assert workshop.cli("run", "toy").code == 0
    assert workshop.git("rev-parse", "loop/toy~1") == review
    assert workshop.git("show", "loop/toy:NOTES.md") == "looks good"
    assert workshop.rows("loop/toy") == workshop.rows()


def test_a_surface_edited_on_the_branch_is_the_next_baseline(
    workshop: "Workshop", proposing: Callable[..., None]
) -> None:
    proposing("printf abcdefghijkl > prompt.txt")
    assert workshop.cli("run", "toy").code == 0
    assert workshop.verdicts() == ["baseline", "accept"]
    push(workshop, {"prompt.txt": "abcde"})
    assert workshop.cli("run", "toy").code == 0
    assert workshop.verdicts() == ["baseline", "accept", "baseline", "accept"]
    rows = workshop.rows()
    assert rows[2]["heldout"]["score"]["candidate"] == 0.416667
    assert rows[2]["reason"] == (
        "the starting point: score 0.417; measured anew, since the surface was edited by hand: "
        "prompt.txt"
    )
    feedback = json.loads(workshop.file("state/toy/it/0000/000002.feedback.jsonl"))
    assert feedback == {"path": "prompt.txt", "proposed": "abcdefghijkl", "shipped": "abcde"}
    seen = json.loads((workshop.runs()[-1] / "make" / "plan.json").read_text())["feedback"]
    assert seen == [feedback]
    assert workshop.git("show", "loop/toy:prompt.txt") == "abcdefghijkl"


def test_an_edit_of_recorded_state_stops_the_loop_with_one_comment(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5)
    workshop.cli("run", "toy")
    authority = workshop.git("rev-parse", workshop.authority)
    push(workshop, {"state/toy/it/0000/000001.json": "{}"})
    why = "a commit on loop/toy changed state/toy/, which only git-loop writes"
    for _ in range(2):
        done = workshop.cli("run", "toy")
        assert done.code == 0
        assert done.out.splitlines()[0] == f"toy rests (tampered): {why}"
    shown = workshop.cli("forge", "show", "1", "--json").json
    assert [comment["body"].count("changed state/toy/") for comment in shown["comments"]] == [1]
    assert workshop.git("rev-parse", workshop.authority) == authority
    path = "state/toy/it/0000/000001.json"
    push(workshop, {path: workshop.git("show", f"{authority}:{path}") + "\n"})
    assert workshop.cli("run", "toy").code == 0
    assert [row["number"] for row in workshop.rows("loop/toy")] == [0, 1, 2]


def test_a_branch_that_a_push_left_behind_catches_up(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5, 6)
    workshop.cli("run", "toy")
    bare = workshop.place / "forge.git"
    old = workshop.git("rev-parse", "loop/toy", cwd=bare)
    workshop.cli("run", "toy")
    for repo in (bare, workshop.top):
        workshop.git("update-ref", "refs/heads/loop/toy", old, cwd=repo)
    assert workshop.cli("run", "toy").code == 0
    assert workshop.git("rev-parse", "loop/toy~1") == old
    assert workshop.rows("loop/toy") == workshop.rows()


def test_a_moved_home_takes_its_rows_from_the_clone(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5)
    workshop.cli("run", "toy")
    before = workshop.rows()
    (workshop.place / "forge.git").rename(workshop.home / "lost.git")
    again = workshop.cli("run", "toy")
    assert again.code == 0, again.err
    assert workshop.rows()[: len(before)] == before
    assert [row["number"] for row in workshop.rows("loop/toy")] == [0, 1, 2]
    assert "pull request #1 opened" in again.out


def test_a_commit_on_the_clones_own_branch_counts_as_pushed(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5)
    workshop.cli("run", "toy")
    workshop.git("switch", "-q", "loop/toy")
    review = workshop.commit({"NOTES.md": "kept\n"})
    workshop.git("switch", "-q", "main")
    assert workshop.cli("run", "toy").code == 0
    assert workshop.git("rev-parse", "loop/toy~1") == review


def test_commits_beside_the_branch_are_never_thrown_away(workshop: "Workshop") -> None:
    workshop.levels(3, 12, 5, 6)
    workshop.cli("run", "toy")
    old = workshop.git("rev-parse", "loop/toy")
    workshop.cli("run", "toy")
    workshop.git("switch", "-q", "--detach", old)
    mine = workshop.commit({"NOTES.md": "mine\n"})
    workshop.git("switch", "-q", "main")
    workshop.git("branch", "-f", "loop/toy", mine)
    done = workshop.cli("run", "toy")
    assert done.code == 0
    assert workshop.git("rev-parse", "loop/toy") == mine
    assert "has commits of its own and was left as it is" in done.err
    assert [row["number"] for row in workshop.rows()] == [0, 1, 2, 3]
