"""The world checker from a request to its lines, traces and trials."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from runner.checkers.world.checker import check, controls
from runner.checkers.world.errors import WorldCheckError
from runner.checkers.world.params import Params
from runner.core.errors import InvalidCandidateError
from runner.core.problem import MalformedError
from runner.core.request import CheckRequest
from runner.core.score import CaseScore
from runner.core.trial import Trial
from runner.harness.params import Harness
from runner.lm.error import LmError
from runner.lm.task.trace import trace_name
from runner.trace.file import read_trace
from runner.worlds.office.generate import tasks
from runner.worlds.office.policy import reference
from runner.worlds.office.task import Task
from runner.worlds.office.template.table import SEEN_NAMES
from tests.checkers.world_cases import TIER, request_for

ONCE = Params(samples=1, greedy=False)
TWICE = Params(samples=2)


@pytest.fixture(scope="module")
def office() -> list[Task]:
    return tasks("dev", templates=["contact_role", "deal_policy"], n=4, seed=1)


def plain(found: Sequence[Task]) -> list[dict[str, Any]]:
    return [json.loads(task.model_dump_json()) for task in found]


@pytest.fixture(scope="module")
def candidate(office: list[Task], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the right shape and words that has learnt nothing."""
    from runner.training.params import Shape  # noqa: PLC0415 - seconds
    from runner.training.row import training_row  # noqa: PLC0415 - seconds
    from runner.training.scratch import scratch  # noqa: PLC0415 - seconds
    from runner.training.template import render  # noqa: PLC0415 - seconds
    from runner.training.vocabulary import write_tokenizer  # noqa: PLC0415 - seconds

    words = tmp_path_factory.mktemp("words")
    shown = [training_row(reference(task).messages).record()["messages"] for task in office]
    write_tokenizer([render(each) for each in shown], words)
    shape = Shape(layers=1, width=32, heads=2, kv_heads=1, hidden=64, window=512)
    folder = tmp_path_factory.mktemp("model") / "candidate"
    scratch(shape, words, seed=3).save(folder)
    return folder


def scores(request: CheckRequest, params: Params = TWICE) -> list[CaseScore]:
    return list(check(request, params))


@pytest.mark.slow
def test_a_model_that_learnt_nothing_is_scored_and_traced(
    tmp_path: Path, office: list[Task], candidate: Path
) -> None:
    (tmp_path / "traces").mkdir()
    request = request_for(
        tmp_path,
        cases=plain(office),
        model=candidate,
        traces=tmp_path / "traces",
        trials=tmp_path / "trials.jsonl",
    )
    found = scores(request)
    assert [each.case for each in found] == [task.id for task in office]
    assert all(each.metrics["partial"] < 0.5 for each in found)
    assert all(each.tokens_out > 0 for each in found)
    trials = [
        Trial.model_validate_json(line)
        for line in (tmp_path / "trials.jsonl").read_text().splitlines()
    ]
    assert [each.score for each in trials] == found
    name = trace_name(office[0].id, 0)
    trace = read_trace((tmp_path / "traces" / name).read_bytes(), name=name)
    names = [span.name for span in trace.spans]
    assert names.count("invoke_agent candidate") == 3
    assert names[-1] == "verdict"


def untimed(found: Sequence[CaseScore]) -> list[CaseScore]:
    return [each.model_copy(update={"seconds": 0.0}) for each in found]


@pytest.mark.slow
def test_equal_seeds_score_equally_and_others_draw_otherwise(
    tmp_path: Path, office: list[Task], candidate: Path
) -> None:
    request = request_for(tmp_path, cases=plain(office), model=candidate, seed=4)
    once, again = untimed(scores(request)), untimed(scores(request))
    assert once == again
    few = request.model_copy(update={"cases": request_for(tmp_path, cases=plain(office[1:])).cases})
    assert untimed(scores(few)) == once[1:]
    other = untimed(scores(few.model_copy(update={"seed": 5})))
    assert _said(few, tmp_path / "same") != _said(
        few.model_copy(update={"seed": 5}), tmp_path / "other"
    )
    greedy = [each.metrics["greedy_partial"] for each in other]
    assert greedy == [each.metrics["greedy_partial"] for each in once[1:]]


def _said(request: CheckRequest, into: Path) -> list[str]:
    scores(request.model_copy(update={"trials": into}))
    return [json.loads(line)["output"] for line in into.read_text().splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        pytest.param("config.json", "no model folder", id="no-config"),
        pytest.param("model.safetensors", "no weights", id="no-weights"),
        pytest.param("chat_template.jinja", "no chat template", id="no-template"),
        pytest.param("tokenizer.json", "tokenizer", id="no-tokenizer"),
    ],
)
def test_a_folder_that_is_no_model_is_an_invalid_candidate(
    tmp_path: Path, office: list[Task], candidate: Path, broken: str, said: str
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(candidate, folder)
    (folder / broken).unlink()
    request = request_for(tmp_path, cases=plain(office), model=folder)
    with pytest.raises(InvalidCandidateError, match=said):
        scores(request)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "data", "said"),
    [
        pytest.param("model.safetensors", b"\x08", "cannot be read", id="damaged-weights"),
        pytest.param("tokenizer.json", b"{", "cannot be loaded", id="damaged-tokenizer"),
        pytest.param(
            "chat_template.jinja",
            b"{% if messages[1] is defined %}{{ raise_exception('no') }}{% endif %}tool",
            "chat template",
            id="template-that-refuses",
        ),
    ],
)
def test_a_damaged_model_is_an_invalid_candidate(
    tmp_path: Path, office: list[Task], candidate: Path, file: str, data: bytes, said: str
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(candidate, folder)
    (folder / file).write_bytes(data)
    request = request_for(tmp_path, cases=plain(office), model=folder)
    with pytest.raises(InvalidCandidateError, match=said):
        scores(request)


@pytest.mark.slow
def test_a_weight_that_is_no_number_is_named(
    tmp_path: Path, office: list[Task], candidate: Path
) -> None:
    import torch  # noqa: PLC0415 - seconds
    from safetensors.torch import load_file, save_file  # noqa: PLC0415 - seconds

    folder = tmp_path / "broken"
    shutil.copytree(candidate, folder)
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"][0] = torch.nan
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    request = request_for(tmp_path, cases=plain(office), model=folder)
    with pytest.raises(
        InvalidCandidateError, match=r"^model\.safetensors: model\.norm\.weight is not finite$"
    ):
        scores(request)


@pytest.mark.slow
def test_a_tokenizer_of_another_model_is_refused(
    tmp_path: Path, office: list[Task], candidate: Path
) -> None:
    from runner.training.vocabulary import write_tokenizer  # noqa: PLC0415 - seconds

    folder = tmp_path / "broken"
    shutil.copytree(candidate, folder)
    write_tokenizer([" ".join(f"word{n}" for n in range(2000))], tmp_path / "words")
    shutil.copy(tmp_path / "words" / "tokenizer.json", folder)
    request = request_for(tmp_path, cases=plain(office), model=folder)
    with pytest.raises(InvalidCandidateError, match=r"^the tokenizer has \d+ tokens, the model"):
        scores(request)


def whole(found: Sequence[CaseScore], metric: str) -> list[float]:
    return [each.metrics[metric] for each in found]


def test_the_reference_is_the_ceiling_and_doing_nothing_the_floor(tmp_path: Path) -> None:
    office = tasks("dev", templates=list(SEEN_NAMES), n=2 * len(SEEN_NAMES), seed=1)
    request = request_for(
        tmp_path, cases=plain(office), controls=("no_op", "reference", "first_hit")
    )
    arms = controls(request, Params())
    assert list(arms) == ["no_op", "reference", "first_hit"]
    for metric in ("partial", "strict", "pass_at_k", "greedy_strict", "plain_partial"):
        assert set(whole(arms["reference"], metric)) == {1.0}
    for metric in ("partial", "calls", "coverage", "guard_break_rate"):
        assert set(whole(arms["no_op"], metric)) == {0.0}
    assert min(whole(arms["no_op"], "plain_partial")) > 0.5, "the document's formula pays idleness"
    assert 0.2 < fmean(whole(arms["first_hit"], "partial")) < 0.8
    assert [each.case for each in arms["first_hit"]] == [task.id for task in office]


def test_a_control_acts_in_one_conversation_whatever_the_agent_may(
    tmp_path: Path, office: list[Task]
) -> None:
    request = request_for(tmp_path, cases=plain(office), controls=("reference",))
    params = Params(harness=Harness(mode="one_action"), greedy=False)
    found = controls(request, params)["reference"]
    assert whole(found, "strict") == [1.0] * 4
    assert "greedy_strict" not in found[0].metrics


def test_a_harness_that_is_too_short_shows_in_the_reference(
    tmp_path: Path, office: list[Task]
) -> None:
    request = request_for(tmp_path, cases=plain(office), controls=("reference",))
    found = controls(request, Params(harness=Harness(max_turns=1)))["reference"]
    assert max(whole(found, "strict")) == 0


def test_a_control_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        WorldCheckError, match=r"^control 'perfect' is unknown; world has no_op, reference, first_"
    ):
        controls(request_for(tmp_path, controls=("perfect",)), ONCE)


def test_a_task_that_no_template_words_has_no_reference(tmp_path: Path) -> None:
    with pytest.raises(WorldCheckError, match=r"^control reference cannot be scored: none of 2 c"):
        controls(request_for(tmp_path, controls=("reference",)), ONCE)


def test_one_such_task_among_others_is_named(tmp_path: Path, office: list[Task]) -> None:
    request = request_for(tmp_path, cases=[*plain(office), TIER], controls=("reference",))
    with pytest.raises(WorldCheckError, match=r"it has no plan for case tier-1$"):
        controls(request, ONCE)


def test_without_a_candidate_nothing_is_checked(tmp_path: Path) -> None:
    with pytest.raises(WorldCheckError, match=r"^the request names no model; a candidate is need"):
        list(check(request_for(tmp_path), ONCE))


def test_broken_cases_are_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    request = request_for(tmp_path, cases=[{**TIER, "assertions": []}], model=tmp_path / "none")
    with pytest.raises(MalformedError, match=r'^cases\.jsonl:1: case "tier-1": '):
        list(check(request, ONCE))


def test_a_folder_without_weights_is_no_candidate(tmp_path: Path) -> None:
    with pytest.raises(InvalidCandidateError, match=r"^the candidate has no weights; expected"):
        list(check(request_for(tmp_path, model=tmp_path / "none"), ONCE))


def test_a_device_that_there_is_not_is_no_fault_of_the_candidate(tmp_path: Path) -> None:
    params = ONCE.model_copy(update={"device": "abacus"})
    with pytest.raises(LmError, match=r'^no device "abacus"; expected auto, cpu, cuda'):
        list(check(request_for(tmp_path, model=tmp_path / "none"), params))


def test_naming_the_checker_and_its_controls_imports_no_torch(tmp_path: Path) -> None:
    request = request_for(tmp_path, controls=("no_op",))
    (tmp_path / "request.json").write_text(request.model_dump_json())
    program = (
        "import sys, pathlib\n"
        "from runner.checkers.world.checker import controls\n"
        "from runner.checkers.world.params import Params\n"
        "from runner.core.request import CheckRequest\n"
        f"data = pathlib.Path({str(tmp_path / 'request.json')!r}).read_bytes()\n"
        "print(len(controls(CheckRequest.model_validate_json(data), Params())['no_op']))\n"
        "print(sorted({'torch', 'transformers', 'openai'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "2\n[]\n"
