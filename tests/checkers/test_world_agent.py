"""An agent of the eval's own, instructed by the candidate's text."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from runner.checkers.world.agent import instructed
from runner.checkers.world.checker import check
from runner.checkers.world.params import Params
from runner.core.chat import ChatRequest, ChatResponse
from runner.core.errors import InvalidCandidateError
from runner.core.request import CheckRequest
from runner.core.score import CaseScore
from runner.harness.params import Harness
from runner.lm.error import LmError
from runner.lm.params import Endpoint, Scripted
from runner.lm.script import FunctionModel
from runner.lm.server import serve
from runner.lm.task.surface import SurfaceError
from tests.checkers.world_cases import CASES, CLOSE_, request_for

RULES = """\
rules:
  - match: {whole: '"ok": true'}
    reply: done
  - match: {system: Close it., user: Close the renewal}
    reply:
      text: ""
      tool_calls:
        - {name: crm_update_deal, arguments: {id: D1, field: stage, value: won}}
        - {name: mail_send, arguments: {to: ann@ardent.example, subject: Renewal, body: It is won}}
  - match: {user: Note in sales}
    reply: {text: "", tool_calls: [{name: chat_post, arguments: '{"channel": "sales"'}]}
    times: 1
  - reply: I cannot
"""
PARAMS = Params(agent=Scripted(kind="scripted", script="rules.yaml"), samples=1, greedy=False)


@pytest.fixture
def request_(tmp_path: Path) -> CheckRequest:
    (tmp_path / "rules.yaml").write_text(RULES)
    skill = tmp_path / "candidate" / "skills" / "office" / "SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("---\nname: office\ndescription: Office tasks.\n---\nClose it.\n")
    return request_for(tmp_path, model=tmp_path / "candidate")


def scores(request: CheckRequest, params: Params = PARAMS) -> list[CaseScore]:
    return list(check(request, params))


def test_the_candidates_text_instructs_the_agent(request_: CheckRequest) -> None:
    close, note = scores(request_)
    assert (close.metrics["strict"], close.metrics["calls"], close.metrics["turns"]) == (1, 2, 2)
    assert (note.metrics["partial"], note.metrics["refused_rate"]) == (0, 1)


def test_other_text_makes_another_agent(request_: CheckRequest) -> None:
    assert request_.model is not None
    (request_.model / "skills" / "office" / "SKILL.md").write_text("Wait and see.\n")
    assert scores(request_)[0].metrics["calls"] == 0


def test_a_candidate_without_text_leaves_the_agent_as_the_eval_has_it(
    request_: CheckRequest, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    bare = request_.model_copy(update={"model": tmp_path / "empty"})
    assert scores(bare)[0].metrics["calls"] == 0
    told = PARAMS.model_copy(update={"harness": Harness(system="Close it.")})
    assert scores(bare, told)[0].metrics["strict"] == 1


def test_the_evals_words_stand_before_the_candidates(request_: CheckRequest) -> None:
    params = PARAMS.model_copy(update={"harness": Harness(system="You work in an office.")})
    assert request_.model is not None
    assert params.agent is not None
    with instructed(params.agent, request_, params, folder=request_.model) as agent:
        assert agent.params.harness.system == "You work in an office.\n\nClose it."
        assert agent.player.name == "scripted:rules.yaml"


@pytest.mark.slow  # importing the client takes seconds
def test_what_an_endpoint_answered_once_is_not_asked_again(
    request_: CheckRequest, tmp_path: Path
) -> None:
    asked: list[ChatRequest] = []

    def note(request: ChatRequest) -> ChatResponse:
        asked.append(request)
        return ChatResponse(text="no")

    kept = request_.model_copy(update={"cells": tmp_path / "cells"})
    with serve(FunctionModel(note, name="toy"), token="") as address:
        agent = Endpoint(kind="endpoint", name="toy", base_url=address.url, key=None)
        params = PARAMS.model_copy(update={"agent": agent, "samples": 2})
        first = scores(kept, params)
        assert len(asked) == 4
        assert len({each.decoding.seed for each in asked}) == 4
        again = scores(kept, params)
    assert len(asked) == 4
    assert [each.metrics for each in again] == [each.metrics for each in first]


def test_an_agent_that_is_down_is_no_fault_of_the_candidate(
    request_: CheckRequest, tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text("rules:\n  - {raise: unanswered}\n")
    with pytest.raises(LmError, match=r"^none of 2 cases was answered; the first: "):
        scores(request_)


def test_a_case_on_which_it_was_down_is_left_out(request_: CheckRequest, tmp_path: Path) -> None:
    rules = "rules:\n  - {match: {user: Note}, raise: unanswered}\n  - {reply: no}\n"
    (tmp_path / "rules.yaml").write_text(rules)
    trials = request_.model_copy(update={"trials": tmp_path / "trials.jsonl"})
    assert [each.case for each in scores(trials)] == [CLOSE_["id"]]
    assert len((tmp_path / "trials.jsonl").read_text().splitlines()) == 1 < len(CASES)


def test_several_files_need_a_name(request_: CheckRequest) -> None:
    assert request_.model is not None
    (request_.model / "README.md").write_text("Read me.\n")
    with pytest.raises(SurfaceError, match=r"^with\.prompt: say which file instructs"):
        scores(request_)
    named = PARAMS.model_copy(update={"prompt": "skills/office/SKILL.md"})
    assert scores(request_, named)[0].metrics["strict"] == 1
    missing = PARAMS.model_copy(update={"prompt": "SKILL.md"})
    with pytest.raises(InvalidCandidateError, match=r"^the candidate has no file SKILL\.md"):
        scores(request_, missing)


def test_a_candidate_that_acts_itself_has_no_prompt() -> None:
    with pytest.raises(ValidationError, match="prompt: a candidate that acts itself has none"):
        Params(prompt="SKILL.md")
