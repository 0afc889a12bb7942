"""What a workflow's event asks for is derived anew from git, whatever the trigger said."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runner.spec.model import Spec
from runner.wiring.event import Event, EventError, read_event
from runner.wiring.event_due import Due, fitted
from runner.wiring.event_job import check_minutes, make_minutes, tell_jobs
from tests.conftest import EVAL

if TYPE_CHECKING:
    from tests.conftest import Result, Workshop

Job = Callable[..., "Result"]
ASK = """\
import json, os
with open(os.environ["LOOP_OUT"], "w") as out:
    out.write(json.dumps({"case": "a", "score": 1}))
"""
OTHER = "version: 1\nloop: other\nmake: none\ncheck: {command: [python3, ask.py]}\n"


@pytest.fixture
def job(workshop: "Workshop") -> Job:
    """Return what runs a stage as a job of a workflow would."""

    def run(event: str, payload: Mapping[str, Any], *argv: str, ref: str = "main") -> "Result":
        file = workshop.home / "event.json"
        file.write_text(json.dumps(payload))
        for name in ("OUTPUT", "STEP_SUMMARY"):
            (workshop.home / name).write_text("")
            workshop.monkeypatch.setenv(f"GITHUB_{name}", str(workshop.home / name))
        workshop.monkeypatch.setenv("GITHUB_ACTIONS", "true")
        workshop.monkeypatch.setenv("GITHUB_EVENT_NAME", event)
        workshop.monkeypatch.setenv("GITHUB_EVENT_PATH", str(file))
        workshop.monkeypatch.setenv("GITHUB_REF", f"refs/heads/{ref}")
        return workshop.cli("stage", *argv)

    return run


def outputs(shop: "Workshop") -> dict[str, str]:
    lines = (shop.home / "OUTPUT").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def due(shop: "Workshop", job: Job, event: str, payload: Mapping[str, Any]) -> list[str]:
    done = job(event, payload, "due")
    assert done.code == 0, done.err
    found: list[str] = json.loads(outputs(shop)["loops"])
    return found


def test_a_push_runs_the_loops_whose_spec_it_changed(workshop: "Workshop", job: Job) -> None:
    before = workshop.commit({"loops/other.yaml": OTHER})
    workshop.commit({"loops/other.yaml": OTHER + "seed: 1\n", "train.py": "print()\n"})

    assert due(workshop, job, "push", {"before": before}) == ["other"]


def test_a_push_of_several_commits_counts_them_all(workshop: "Workshop", job: Job) -> None:
    before = workshop.git("rev-parse", "HEAD")
    workshop.commit({"loops/other.yaml": OTHER})
    workshop.commit({"readme.txt": "x"})

    assert due(workshop, job, "push", {"before": before}) == ["other"]


def test_a_deleted_spec_starts_nothing(workshop: "Workshop", job: Job) -> None:
    before = workshop.commit({"loops/other.yaml": OTHER})
    workshop.git("rm", "-q", "loops/other.yaml")
    workshop.commit()

    assert due(workshop, job, "push", {"before": before}) == []


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("0" * 40, id="new-branch"),
        pytest.param("1" * 40, id="not-in-this-clone"),
        pytest.param("--upload-pack=x", id="no-sha"),
        pytest.param(None, id="absent"),
    ],
)
def test_a_push_from_nowhere_runs_every_loop(
    workshop: "Workshop", job: Job, before: str | None
) -> None:
    workshop.commit({"loops/other.yaml": OTHER})

    assert due(workshop, job, "push", {"before": before}) == ["other", "toy"]


def test_a_push_to_another_branch_is_held_back(workshop: "Workshop", job: Job) -> None:
    done = job("push", {"before": "0" * 40}, "due", ref="topic")

    assert json.loads(outputs(workshop)["loops"]) == []
    assert done.out == "toy waits: refs/heads/topic is not its base branch main\n"


def many(count: int) -> tuple[Due, ...]:
    held = Due("held", runs=False, why="its base branch is another")
    return (held, *(Due(f"loop-{n:03d}", runs=True, why="its spec changed") for n in range(count)))


def test_as_many_loops_run_as_a_matrix_may_have() -> None:
    assert fitted(many(256), day=7) == many(256)
    found = fitted(many(257), day=0)
    assert [each.loop for each in found if not each.runs] == ["held", "loop-256"]
    told = "a workflow run takes 256 loops and 257 are due; a dispatch may name it"
    assert [found[0].why, found[-1].why] == ["its base branch is another", told]


@pytest.mark.parametrize(("count", "days"), [(300, 2), (512, 2), (700, 3), (1_000, 4)])
def test_every_loop_has_its_turn_on_some_day(count: int, days: int) -> None:
    runs = [
        {each.loop for each in fitted(many(count), day=739_000 + day) if each.runs}
        for day in range(days)
    ]
    assert [len(each) for each in runs] == [256] * days
    assert len(set().union(*runs)) == count


def test_a_dispatch_runs_the_loop_that_it_names(workshop: "Workshop", job: Job) -> None:
    workshop.commit({"loops/other.yaml": OTHER})

    assert due(workshop, job, "workflow_dispatch", {"inputs": {"loop": "toy"}}) == ["toy"]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        pytest.param({"loop": "toi"}, 'loops/toi.yaml is missing; did you mean "toy"?', id="typo"),
        pytest.param({"loop": "../x"}, "loops/../x.yaml is missing", id="path"),
        pytest.param({}, "a dispatch must name a loop: one of toy", id="none"),
        pytest.param({"loop": "toy", "iterations": "0"}, "expected 1 to 100", id="zero"),
        pytest.param({"loop": "toy", "iterations": "1e9"}, "expected 1 to 100", id="many"),
    ],
)
def test_a_dispatch_that_cannot_be_meant_is_refused(
    job: Job, inputs: dict[str, str], words: str
) -> None:
    done = job("workflow_dispatch", {"inputs": inputs}, "due")

    assert done.code == 1
    assert words in done.complaint


@pytest.mark.parametrize("event", ["pull_request", "issue_comment", "workflow_run"])
def test_a_strangers_event_starts_no_loop(job: Job, event: str) -> None:
    done = job(event, {}, "due")

    assert done.complaint == (
        f"event '{event}' starts no loop; expected push, workflow_dispatch or schedule"
    )


def test_a_schedule_runs_monitors_and_what_was_not_ended(workshop: "Workshop", job: Job) -> None:
    workshop.levels(3, 9)
    assert due(workshop, job, "schedule", {}) == ["toy"]
    workshop.commit({"loops/other.yaml": OTHER, "ask.py": ASK})
    workshop.run()

    assert due(workshop, job, "schedule", {}) == ["other"]
    assert workshop.cli("run", "other", "--no-publish").code == 0
    assert due(workshop, job, "schedule", {}) == []


def test_a_schedule_leaves_a_text_loop_alone_that_was_brought_to_an_end(
    workshop: "Workshop", job: Job
) -> None:
    text = "make: none\nsurface: [prompt.txt]\ncheck: {command: [python3, asked.py]}\n"
    asked = EVAL.replace("model.json", "prompt.txt").replace('["level"]', "")
    edit = "hypotheses: [{id: a, with: {file: other.txt}}]\n"
    spec = f"version: 1\nloop: toy\n{text}{edit}"
    files = {"prompt.txt": "3", "other.txt": "3 ", "asked.py": asked}
    workshop.commit({"loops/toy.yaml": spec, **files})
    assert due(workshop, job, "schedule", {}) == ["toy"]
    workshop.run("--iterations", "2")
    assert workshop.verdicts() == ["baseline", "reject"]
    assert due(workshop, job, "schedule", {}) == []


def test_a_schedule_takes_up_a_loop_after_an_error(workshop: "Workshop", job: Job) -> None:
    workshop.run()
    good = (workshop.top / "train.py").read_text()
    workshop.commit({"train.py": "raise SystemExit(3)\n"})
    workshop.run()
    workshop.commit({"train.py": good})

    assert workshop.verdicts()[-1] == "error"
    assert due(workshop, job, "schedule", {}) == ["toy"]


def test_due_outside_of_a_workflow_says_so(workshop: "Workshop") -> None:
    assert workshop.cli("stage", "due").complaint == (
        "stage due reads a workflow's event; GITHUB_ACTIONS is not set here"
    )


def test_a_plan_tells_the_jobs_after_it_what_they_need(workshop: "Workshop", job: Job) -> None:
    done = job("workflow_dispatch", {"inputs": {"loop": "toy"}}, "plan", "--loop", "toy")
    told = outputs(workshop)

    assert told.pop("run") == done.out.strip()
    assert len(told.pop("plan")) == 64
    assert told == {"number": "0", "gpus": "0", "make_minutes": "17", "check_minutes": "17"}


def test_a_dry_run_leaves_no_run_behind(workshop: "Workshop", job: Job) -> None:
    inputs = {"loop": "toy", "dry_run": "true"}

    done = job("workflow_dispatch", {"inputs": inputs}, "plan", "--loop", "toy")

    assert done.out == "toy 0 would run (baseline)\n"
    assert outputs(workshop) == {"run": ""}
    assert not (workshop.place / "runs").exists()
    assert (workshop.home / "STEP_SUMMARY").read_text() == "toy 0 would run (baseline)\n\n"


def test_a_loop_at_rest_hands_no_run_on(workshop: "Workshop", job: Job) -> None:
    workshop.spec((workshop.top / "loops/toy.yaml").read_text() + "stop: {max_iterations: 1}\n")
    workshop.run()

    job("schedule", {}, "plan", "--loop", "toy")

    assert outputs(workshop) == {"run": ""}
    assert "toy rests (max_iterations)" in (workshop.home / "STEP_SUMMARY").read_text()


def test_a_reopening_dispatch_goes_past_a_closed_pull_request(
    workshop: "Workshop", job: Job
) -> None:
    workshop.levels(1, 10)
    workshop.cli("run", "toy")
    workshop.cli("forge", "close", "1")
    inputs = {"loop": "toy"}

    job("workflow_dispatch", {"inputs": inputs}, "plan", "--loop", "toy")
    assert outputs(workshop)["run"] == ""
    job("workflow_dispatch", {"inputs": inputs | {"reopen": True}}, "plan", "--loop", "toy")
    assert outputs(workshop)["run"] != ""


def test_a_published_run_leaves_its_tables_in_the_step_summary(
    workshop: "Workshop", job: Job
) -> None:
    job("workflow_dispatch", {"inputs": {"loop": "toy"}}, "plan", "--loop", "toy")
    folder = outputs(workshop)["run"]
    for stage in ("make", "check", "gate", "record", "publish"):
        assert (
            job("workflow_dispatch", {"inputs": {"loop": "toy"}}, stage, "--run", folder).code == 0
        )

    summary = (workshop.home / "STEP_SUMMARY").read_text()

    assert summary.startswith("## Loop toy\n\n- **If you merge:** ")
    assert "### Gate" in summary


def test_a_line_break_smuggles_no_output_in(tmp_path: Path) -> None:
    file = tmp_path / "output"

    with pytest.raises(EventError, match="output run has a line break"):
        tell_jobs({"GITHUB_OUTPUT": str(file)}, {"run": "/tmp/x\nplan=forged"})

    assert not file.exists()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        pytest.param(None, "not a readable JSON payload", id="missing"),
        pytest.param("{", "not a readable JSON payload", id="damaged"),
        pytest.param("[]", "expected a JSON object", id="list"),
    ],
)
def test_an_unreadable_payload_is_said_in_one_line(
    tmp_path: Path, payload: str | None, words: str
) -> None:
    file = tmp_path / "event.json"
    if payload is not None:
        file.write_text(payload)

    with pytest.raises(EventError, match=words):
        read_event({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(file)})


def test_inputs_count_only_on_a_dispatch(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"inputs": {"loop": "toy", "reopen": "true"}, "before": "a" * 40}))
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(file), "GITHUB_REF": "r"}

    assert read_event(variables | {"GITHUB_EVENT_NAME": "push"}) == Event(
        name="push", ref="r", before="a" * 40
    )
    assert read_event(variables | {"GITHUB_EVENT_NAME": "schedule"}) == Event(
        name="schedule", ref="r"
    )
    assert read_event({**variables, "GITHUB_ACTIONS": ""}) is None


def test_a_job_may_take_as_long_as_its_children() -> None:
    spec = {
        "version": 1,
        "loop": "toy",
        "make": {"command": ["x"], "minutes": 60, "attempts": 3},
        "check": {"command": ["y"], "minutes": 10},
        "propose": {"kind": "command", "command": ["z"], "minutes": 5},
    }

    assert make_minutes(Spec.model_validate(spec)) == 15 + 3 * (5 + 60 + 10)
    assert check_minutes(Spec.model_validate(spec)) == 15 + 2 * 10
    assert make_minutes(Spec.model_validate(spec | {"make": "none"})) == 15
