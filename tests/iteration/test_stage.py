"""Stages one by one, each as a job of its own would run it."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import Workshop

VOLATILE = ("started", "finished", "cost", "prev", "mark")
STAGES = ("make", "check", "gate", "record", "publish")


def staged(shop: "Workshop") -> Path:
    """Run one iteration stage by stage and return its directory."""
    planned = shop.cli("stage", "plan", "--loop", "toy")
    assert planned.code == 0, planned.err
    folder = Path(planned.out.strip())
    for stage in STAGES:
        done = shop.cli("stage", stage, "--run", str(folder))
        assert done.code == 0, done.err
        assert done.out.startswith(f"{stage}: ")
        assert (folder / f"{stage}.json").exists()
    return folder


def stable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out times, and what depends on them: the chain, and ids of runs after the first."""
    return [{k: v for k, v in row.items() if k not in (*VOLATILE, "run", "scores")} for row in rows]


def forget_all(shop: "Workshop") -> None:
    """Take the forge and this clone back to before the first row."""
    for repo in (shop.top, shop.place / "forge.git"):
        for ref in (shop.authority, "refs/heads/loop/toy", "refs/forge/state"):
            shop.git("update-ref", "-d", ref, cwd=repo)


def test_stages_one_by_one_give_the_rows_of_a_run(workshop: "Workshop") -> None:
    workshop.levels(3, 12)
    staged(workshop)
    staged(workshop)
    by_stages = workshop.rows()
    forget_all(workshop)
    shutil.rmtree(workshop.place / "runs")
    again = workshop.cli("run", "toy")
    assert again.code == 0, again.err
    assert workshop.made() == ["make 0", "make 1"] * 2
    assert stable(workshop.rows()) == stable(by_stages)
    assert [row["verdict"] for row in by_stages] == ["baseline", "accept"]
    assert workshop.rows()[0]["run"] == by_stages[0]["run"]
    assert workshop.rows()[0]["scores"] == by_stages[0]["scores"]


def test_rows_that_the_remote_lost_are_recorded_again(workshop: "Workshop") -> None:
    workshop.levels(3, 12)
    assert workshop.cli("run", "toy").code == 0
    before = workshop.rows()
    forget_all(workshop)
    again = workshop.cli("run", "toy")
    assert again.code == 0, again.err
    assert workshop.made() == ["make 0", "make 1"]
    assert workshop.rows() == before


def test_a_stage_that_is_done_is_not_done_again(workshop: "Workshop") -> None:
    folder = staged(workshop)
    before = workshop.git("rev-parse", workshop.authority)
    for stage in STAGES[:-1]:
        assert workshop.cli("stage", stage, "--run", str(folder)).code == 0
    assert workshop.made() == ["make 0"]
    assert workshop.git("rev-parse", workshop.authority) == before


def test_a_stage_before_its_turn_says_which_is_missing(workshop: "Workshop") -> None:
    folder = workshop.cli("stage", "plan", "--loop", "toy").out.strip()
    for stage, missing in (("check", "make"), ("record", "make")):
        refused = workshop.cli("stage", stage, "--run", folder)
        assert refused.code == 1
        assert refused.complaint == f"{folder}: stage {missing} has not finished; run it first"


def test_a_folder_without_a_plan_is_no_run(workshop: "Workshop", tmp_path: Path) -> None:
    refused = workshop.cli("stage", "make", "--run", str(tmp_path))
    assert (refused.code, refused.complaint) == (
        1,
        f"{tmp_path} holds no plan.json; git-loop stage plan makes one",
    )


def test_stages_without_their_arguments_say_what_they_need(workshop: "Workshop") -> None:
    plan, make = workshop.cli("stage", "plan"), workshop.cli("stage", "make")
    assert (plan.code, plan.complaint) == (1, "stage plan needs --loop NAME")
    assert (make.code, make.complaint) == (
        1,
        "stage make needs --run DIR, which stage plan prints",
    )


def test_an_iteration_without_a_candidate_has_nothing_to_check(workshop: "Workshop") -> None:
    workshop.commit({"train.py": "raise SystemExit(1)\n"})
    folder = workshop.cli("stage", "plan", "--loop", "toy").out.strip()
    workshop.cli("stage", "make", "--run", folder)
    check = workshop.cli("stage", "check", "--run", folder)
    gate = workshop.cli("stage", "gate", "--run", folder)
    assert check.out.strip() == "check: nothing to do, make came to error"
    assert gate.out.strip() == "gate: nothing to do, there are no arms"
    assert workshop.cli("stage", "record", "--run", folder).code == 0
    assert workshop.verdicts() == ["error"]


def test_a_tampered_arm_is_refused_at_the_gate(workshop: "Workshop") -> None:
    folder = Path(workshop.cli("stage", "plan", "--loop", "toy").out.strip())
    workshop.cli("stage", "make", "--run", str(folder))
    workshop.cli("stage", "check", "--run", str(folder))
    arm = folder / "arms" / "candidate"
    arm.write_bytes(arm.read_bytes() + b"!")
    refused = workshop.cli("stage", "gate", "--run", str(folder))
    assert refused.code == 1
    assert refused.complaint.startswith(f"{arm}: digest ")
    assert refused.complaint.endswith("; delete the run directory to check again")


def test_a_planned_stage_says_why_a_loop_rests(workshop: "Workshop") -> None:
    workshop.levels(3)
    workshop.run("--iterations", "3")
    rests = workshop.cli("stage", "plan", "--loop", "toy")
    assert rests.code == 0
    assert rests.out.startswith("toy rests (underpowered): ")


def test_json_of_a_stage_is_one_value(workshop: "Workshop") -> None:
    planned = workshop.cli("stage", "plan", "--loop", "toy", "--json").json
    assert (planned["stage"], Path(planned["told"]).is_dir()) == ("plan", True)
    made = workshop.cli("stage", "make", "--run", planned["told"], "--json").json
    assert made["told"].startswith("make: {")


def test_json_of_a_run_is_one_value(workshop: "Workshop") -> None:
    workshop.levels(3, 12)
    done = workshop.cli("run", "toy", "--json")
    first, second = json.loads(done.out)
    assert sorted(first) == ["commit", "loop", "pull", "row", "stop"]
    assert (first["pull"]["created"], second["pull"]["created"]) == (True, False)
    assert second["commit"] == workshop.git("rev-parse", "loop/toy")
