"""The world checker on repairs of programs: scripted agents, endpoints, harnesses, bad cases."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from runner.checkers.world.checker import check, controls
from runner.checkers.world.errors import WorldCheckError
from runner.checkers.world.params import Params
from runner.checkers.world.repair import case_of, score_of
from runner.core.chat import ChatRequest, ChatResponse
from runner.core.episode import Episode
from runner.core.errors import InvalidCandidateError
from runner.core.problem import MalformedError
from runner.core.request import CheckRequest
from runner.core.score import CaseScore
from runner.lm.params import Endpoint
from runner.lm.script import FunctionModel
from runner.lm.server import serve
from runner.worlds.repair.bug import Bug
from runner.worlds.repair.policy.gold import gold
from runner.worlds.repair.policy.mix import Mix, resolved
from runner.worlds.repair.policy.player import act
from runner.worlds.repair.policy.view import view
from runner.worlds.repair.small.generate import small_bugs
from tests.checkers.world_cases import request_for

BUGS = small_bugs("dev", n=6, seed=1)
HARNESS = "mode: tags\nmax_turns: 12\nmax_tokens: 6000\nanswer_tokens: 900\ntags:\n  edit: {edit}\n"
MIX = Mix(skill=0.8, faults={"shotgun": 0.5}, seed=2)
PARAMS = Params(world="repair", policies=MIX, samples=1, temperature=0, greedy=False)
IDS = [bug.id for bug in BUGS]


def row(bug: Bug, **changed: object) -> dict[str, Any]:
    return {"id": bug.id, **bug.model_dump(mode="json", by_alias=True), **changed}


@pytest.fixture
def request_(tmp_path: Path) -> CheckRequest:
    folder = tmp_path / "candidate" / "skills" / "looper-harness"
    folder.mkdir(parents=True)
    (folder / "harness.yaml").write_text(HARNESS.format(edit="false"))
    return request_for(tmp_path, cases=[row(bug) for bug in BUGS], model=tmp_path / "candidate")


def harness_of(request: CheckRequest) -> Path:
    assert request.model is not None
    return request.model / "skills" / "looper-harness" / "harness.yaml"


def scores(request: CheckRequest, params: Params = PARAMS) -> Mapping[str, CaseScore]:
    return {each.case: each for each in check(request, params)}


def right(found: Mapping[str, CaseScore]) -> set[str]:
    return {name for name, each in found.items() if each.metrics["resolved"] == 1}


def test_the_candidates_harness_decides_who_gets_to_the_repair(request_: CheckRequest) -> None:
    before = scores(request_)
    harness_of(request_).write_text(HARNESS.format(edit="true"))
    after = scores(request_)
    assert right(before) == resolved(MIX, IDS, frozenset())
    assert right(after) == resolved(MIX, IDS, frozenset({"edit"}))
    assert len(right(after)) > len(right(before)) > 0
    cut = next(iter(right(after) - right(before)))
    assert before[cut].metrics["broken_rate"] == 1
    assert before[cut].slices == BUGS[IDS.index(cut)].slices


def test_a_trace_shows_calls_and_a_trial_the_repair(request_: CheckRequest, tmp_path: Path) -> None:
    request = request_.model_copy(
        update={"traces": tmp_path / "calls", "trials": tmp_path / "trials.jsonl"}
    )
    (tmp_path / "calls").mkdir()
    scores(request)
    first = json.loads((tmp_path / "trials.jsonl").read_text().splitlines()[0])
    assert first["correction"] == BUGS[0].patch
    assert "assistant: <read>" in first["output"]
    assert "user: wrote " in first["output"]
    assert len([*(tmp_path / "calls").iterdir()]) == len(BUGS)


def test_floor_ceiling_and_a_thief_of_the_key(request_: CheckRequest) -> None:
    two = request_for(request_.cases.parent, cases=[row(bug) for bug in BUGS[:2]])
    found = controls(two.model_copy(update={"controls": ("no_op", "reference", "leaker")}), PARAMS)
    means = {
        name: sum(each.metrics["resolved"] for each in arm) / len(arm)
        for name, arm in found.items()
    }
    assert means == {"no_op": 0, "reference": 1, "leaker": 0}
    assert [each.metrics["hasty_rate"] for each in found["no_op"]] == [1, 1]
    with pytest.raises(WorldCheckError, match="world has no_op, reference, leaker"):
        controls(two.model_copy(update={"controls": ("first_hit",)}), PARAMS)


@pytest.mark.parametrize(("line", "rate"), [("import gc", 0.5), ("import re", 0)])
def test_a_patch_that_could_deceive_its_judge_is_counted(line: str, rate: float) -> None:
    left = f"--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+{line}\n"
    mark = {"partial": 1, "plain": 1, "objectives": 1, "passed": 1, "guards": 0, "broken": 0}
    said = {"task": IDS[0], "messages": (), "ended": "answered", "mark": {**mark, "left": left}}
    episodes = [Episode.model_validate(each) for each in (said, {**said, "mark": mark})]
    found = score_of(case_of(row(BUGS[0])), episodes)
    assert (found.metrics["suspect_rate"], found.metrics["resolved"]) == (rate, 1)


def test_any_endpoint_can_be_the_agent(request_: CheckRequest) -> None:
    known = {bug.problem_statement: gold(bug) for bug in BUGS}

    def answer(request: ChatRequest) -> ChatResponse:
        seen = view(request.messages)
        return ChatResponse(text=act(known[seen.task], seen, (), skilled=True))

    harness_of(request_).write_text(HARNESS.format(edit="true"))
    with serve(FunctionModel(answer, name="mender"), token="") as address:
        agent = Endpoint(
            kind="endpoint", name="mender", base_url=address.url, key=None, concurrency=2
        )
        params = Params(world="repair", agent=agent, samples=1, temperature=0, greedy=False)
        found = scores(request_, params)
    assert right(found) == set(IDS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mode: tags\ntags: {prunes: true}\n", r'harness\.yaml:2: tags\.prunes: .*"prune"'),
        ("mode: native\n", r"harness\.yaml:1: mode: "),
        ("mode: [\n", r"harness\.yaml:2: "),
    ],
    ids=["unknown-switch", "another-mode", "no-yaml"],
)
def test_a_harness_that_cannot_be_read_is_an_invalid_candidate(
    request_: CheckRequest, text: str, told: str
) -> None:
    harness_of(request_).write_text(text)
    with pytest.raises(InvalidCandidateError, match=told):
        scores(request_)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"files": {}}, "files: none; a row of SWE-bench needs its own repository"),
        ({"FAIL_TO_PASS": []}, "FAIL_TO_PASS: "),
        ({"instance_id": "other"}, "instance_id: other is not the case's id"),
        ({"hints": "x"}, "hints: unknown key"),
    ],
    ids=["a-row-of-others", "nothing-to-fix", "two-names", "unknown-field"],
)
def test_a_case_that_is_no_bug_is_refused_with_its_place(
    request_: CheckRequest, changed: dict[str, object], told: str
) -> None:
    request = request_for(request_.cases.parent, cases=[row(BUGS[0]), row(BUGS[1], **changed)])
    with pytest.raises(MalformedError, match=rf'cases\.jsonl:2: case "{BUGS[1].id}": {told}'):
        scores(request.model_copy(update={"model": request_.model}))


def test_a_statement_with_the_repair_in_it_is_refused(request_: CheckRequest) -> None:
    line = next(
        each[1:].strip()
        for bug in BUGS
        for each in bug.patch.splitlines()
        if each.startswith("+ ") and len(each.strip()) > 14
    )
    bug = next(bug for bug in BUGS if f"{line}\n" in bug.patch)
    told = row(bug, problem_statement=f"{bug.problem_statement} Write `{line}`.")
    request = request_for(request_.cases.parent, cases=[told])
    with pytest.raises(MalformedError, match="problem_statement: gives the repair away"):
        scores(request.model_copy(update={"model": request_.model}))


def test_scripted_agents_are_for_repairs_and_instead_of_a_model() -> None:
    with pytest.raises(ValidationError, match="scripted agents act in world: repair"):
        Params(policies=MIX)
