"""What the workflows may and may not do, read from their text."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.spec.load import read_spec
from runner.wiring.declare import declare
from runner.wiring.event_job import secret_names
from runner.wiring.init_workflow import (
    APP_KEY,
    SIGNING_KEY,
    STORE_SECRETS,
    STORE_VARIABLES,
    WORKFLOWS,
    Fitting,
    WorkflowError,
    workflow,
)
from runner.wiring.table import MAKERS, params_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
SHIPPED = sorted(path.name for path in FOLDER.glob("*.yml"))
OWN = Fitting(
    install="-c constraints.txt '.[remote]'",
    install_train="-c constraints.txt torch==2.13.0 '.[remote,train]'",
)
STRANGERS = {"pull_request", "pull_request_target", "issue_comment", "issues", "workflow_run"}
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")

every = pytest.mark.parametrize("name", SHIPPED)


def parsed(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((FOLDER / name).read_text())
    return found


def triggers(name: str) -> set[str]:
    on = parsed(name)[True]  # YAML 1.1 reads `on` as a boolean, GitHub does not
    return {on} if isinstance(on, str) else set(on)


def jobs(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from parsed(name)["jobs"].items()


def steps(name: str) -> Iterator[dict[str, Any]]:
    for _, job in jobs(name):
        yield from job.get("steps", [])


def writes(job: dict[str, Any]) -> set[str]:
    granted = job.get("permissions", {})
    assert isinstance(granted, dict), "name each permission"
    return {scope for scope, level in granted.items() if level == "write"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_repository_runs_what_init_gives_to_others(name: str) -> None:
    assert (FOLDER / name).read_text() == workflow(name, OWN)


@every
def test_no_expression_is_pasted_into_a_script(name: str) -> None:
    assert [step["run"] for step in steps(name) if "${{" in step.get("run", "")] == []


@every
def test_every_action_is_pinned_by_its_full_sha(name: str) -> None:
    used = [step["uses"] for step in steps(name) if "uses" in step]

    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []


@every
def test_no_checkout_leaves_its_token_on_disk(name: str) -> None:
    kept = [s for s in steps(name) if "checkout" in s.get("uses", "")]

    assert kept
    assert all(step["with"]["persist-credentials"] is False for step in kept)


@every
def test_a_workflow_grants_nothing_beyond_its_jobs(name: str) -> None:
    assert parsed(name)["permissions"] == {}


def test_only_the_publishing_jobs_may_write() -> None:
    able = {
        f"{name}:{job_id}"
        for name in SHIPPED
        for job_id, job in jobs(name)
        if "steps" in job and writes(job)
    }

    assert able == {"iteration.yml:publish", "iteration.yml:whole", "release.yml:publish"}


def test_who_publishes_may_set_a_check_run_and_whoever_calls_it_lets_it() -> None:
    able = {
        f"{name}:{job_id}"
        for name in SHIPPED
        for job_id, job in jobs(name)
        if "checks" in writes(job)
    }

    assert able == {
        *("iteration.yml:publish", "iteration.yml:whole"),
        *("loop.yml:iterate", "resume.yml:iterate"),
    }


def test_the_maker_and_the_check_never_see_a_token_beside_foreign_code() -> None:
    for job_id in ("make", "check"):
        for step in parsed("iteration.yml")["jobs"][job_id]["steps"]:
            if re.search(r"stage (make|check|gate)", step.get("run", "")):
                assert "GITHUB_TOKEN" not in step["env"]


def test_only_the_check_holds_the_key_of_the_held_out_split() -> None:
    holders = {
        job_id
        for job_id, job in jobs("iteration.yml")
        for step in job["steps"]
        if "LOOP_HELDOUT_KEY" in step.get("env", {})
    }

    assert holders == {"check", "whole"}


def test_only_the_makers_machine_may_be_ones_own_by_default() -> None:
    own = {
        f"{name}:{job_id}"
        for name in SHIPPED
        for job_id, job in jobs(name)
        if "self-hosted" in str(job.get("runs-on", ""))
    }

    assert own == {"iteration.yml:make", "iteration.yml:whole"}


def test_no_stranger_can_start_a_job_on_ones_own_machine() -> None:
    own = {name for name in SHIPPED if "self-hosted" in str(parsed(name)["jobs"])}
    reached = {
        name
        for name in SHIPPED
        for _, job in jobs(name)
        if Path(job.get("uses", "")).name in own or name in own
    }

    assert reached == {"loop.yml", "resume.yml", "iteration.yml"}
    assert {each for name in reached for each in triggers(name)} == {
        *("push", "workflow_dispatch", "schedule", "workflow_call")
    }
    assert not {each for name in reached for each in triggers(name)} & STRANGERS


def test_git_gets_the_token_of_the_step_and_keeps_none(tmp_path: Path) -> None:
    install = next(step["run"] for step in steps("loop.yml") if step.get("name") == "Install")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["bash", "-ec", install.splitlines()[-1]], cwd=tmp_path, check=True)

    filled = subprocess.run(
        ["git", "credential", "fill"],
        cwd=tmp_path,
        env={**os.environ, "GITHUB_TOKEN": "of-this-step", "GIT_TERMINAL_PROMPT": "0"},
        input="protocol=https\nhost=example.invalid\n\n",
        capture_output=True,
        text=True,
        check=True,
    )

    assert "username=x-access-token\npassword=of-this-step\n" in filled.stdout
    assert "of-this-step" not in (tmp_path / ".git" / "config").read_text()


@every
def test_every_job_ends_some_time(name: str) -> None:
    assert all("timeout-minutes" in job for _, job in jobs(name) if "steps" in job)


@pytest.mark.parametrize("name", ["loop.yml", "resume.yml"])
def test_a_loop_runs_once_at_a_time_and_no_run_of_it_is_dropped(name: str) -> None:
    assert parsed(name)["jobs"]["iterate"]["concurrency"] == {
        "group": "loop-${{ matrix.loop }}",
        "cancel-in-progress": False,
        "queue": "max",
    }


def test_secrets_reach_a_maker_by_name_and_only_where_a_spec_names_them() -> None:
    text = workflow("iteration.yml", Fitting(secrets=("HF_TOKEN",), notify=("HOOK",)))
    found = yaml.safe_load(text)
    env = {
        job_id: set().union(*(step.get("env", {}) for step in job["steps"]))
        for job_id, job in found["jobs"].items()
    }

    assert {job_id for job_id, names in env.items() if "HF_TOKEN" in names} == {
        *("make", "check", "whole")
    }
    assert {job_id for job_id, names in env.items() if "HOOK" in names} == {"publish", "whole"}
    assert set(found[True]["workflow_call"]["secrets"]) == {
        *("LOOP_HELDOUT_KEY", "HF_TOKEN", "HOOK", SIGNING_KEY, APP_KEY),
        *STORE_SECRETS,
    }
    assert "toJSON(secrets)" not in text
    assert "inherit" not in text


def test_what_opens_the_store_stands_in_no_step_that_runs_foreign_code() -> None:
    names = {*STORE_SECRETS, *STORE_VARIABLES}
    holders = {
        (job_id, step["name"])
        for job_id, job in jobs("iteration.yml")
        for step in job["steps"]
        if names & set(step.get("env", {}))
    }

    assert holders == {
        *(("make", "Unpack"), ("make", "Pack"), ("check", "Unpack"), ("check", "Pack")),
        ("publish", "Unpack"),
        ("whole", "Make, check and decide"),
    }
    for job_id, name in holders:
        (step,) = (
            s for s in parsed("iteration.yml")["jobs"][job_id]["steps"] if s.get("name") == name
        )
        assert names <= set(step["env"])
        assert all(step["env"][each] == f"${{{{ secrets.{each} }}}}" for each in STORE_SECRETS)
        assert all(step["env"][each] == f"${{{{ vars.{each} }}}}" for each in STORE_VARIABLES)


def test_the_maker_is_handed_no_secret_that_its_spec_does_not_name() -> None:
    found = yaml.safe_load(workflow("iteration.yml", Fitting(secrets=("COUNT",))))
    (make,) = (s for s in found["jobs"]["make"]["steps"] if s.get("name") == "Make")

    assert set(make["env"]) == {"RUN", "COUNT"}
    assert "secrets." not in str([found.get("env"), found["jobs"]["make"].get("env")])


def test_only_the_step_that_records_can_sign() -> None:
    holders = {
        (name, job_id, step["run"])
        for name in SHIPPED
        for job_id, job in jobs(name)
        for step in job.get("steps", [])
        if SIGNING_KEY in step.get("env", {})
    }

    assert {(name, job_id) for name, job_id, _ in holders} == {
        ("iteration.yml", "publish"),
        ("iteration.yml", "whole"),
    }
    assert all("record" in run for _, _, run in holders)
    assert not [run for _, _, run in holders if re.search(r"\b(make|check|gate)\b", run)]
    with pytest.raises(WorkflowError, match="only the record job may have the key"):
        workflow("iteration.yml", Fitting(secrets=(SIGNING_KEY,)))


def test_the_token_of_an_app_is_made_when_no_foreign_code_runs_any_more() -> None:
    holders = []
    for job_id, job in jobs("iteration.yml"):
        names = [step.get("name") for step in job["steps"]]
        if "Token of the App" in names:
            holders.append(job_id)
            assert names[-2:] == ["Token of the App", "Record and publish"]
            token = job["steps"][-1]["env"]["GITHUB_TOKEN"]
            assert token == "${{ steps.app.outputs.token || github.token }}"
            assert job["steps"][-2]["with"]["private-key"] == f"${{{{ secrets.{APP_KEY} }}}}"
    assert holders == ["publish", "whole"]
    with pytest.raises(WorkflowError, match="key of the App that publishes"):
        workflow("iteration.yml", Fitting(notify=(APP_KEY,)))


def test_a_name_that_a_spec_and_the_store_share_is_passed_once() -> None:
    text = workflow("iteration.yml", Fitting(secrets=("AWS_REGION", "AWS_SECRET_ACCESS_KEY")))
    whole = text[text.index("  whole:") :]

    assert whole.count("AWS_REGION:") == whole.count("AWS_SECRET_ACCESS_KEY:") == 1
    assert "AWS_REGION: ${{ secrets.AWS_REGION }}" in whole


@pytest.mark.parametrize("spec", sorted(path.name for path in (ROOT / "loops").glob("*.yaml")))
def test_what_a_shipped_spec_names_is_passed_on(spec: str) -> None:
    read_spec((ROOT / "loops" / spec).read_bytes(), path=spec, kinds=params_of(MAKERS))
    declared = declare(ROOT, Path(spec).stem)
    text = (FOLDER / "iteration.yml").read_text()

    for name in (*secret_names(declared.spec, declared.evaluation), *declared.spec.publish.notify):
        assert f"{name}: ${{{{ secrets.{name} }}}}" in text
