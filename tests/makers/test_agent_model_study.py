"""Studies of an agent's model: each gives its records, on train and dev alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from runner.core.request import Studied, StudyRequest
from runner.makers.agent_model.errors import AgentModelError
from runner.makers.agent_model.params import Params
from runner.makers.agent_model.study import agents as acting
from runner.makers.agent_model.study.cohort import cohorts
from runner.makers.agent_model.study.fold import folded
from runner.makers.agent_model.study.size import sizes
from runner.training.params import Shape
from tests.makers.tiny_agent import PARAMS, SHAPE, Candidate, split

pytestmark = pytest.mark.slow
Asked = Callable[..., StudyRequest]
HIDDEN = {"small": 96, "large": 112}


@pytest.fixture
def asked(tmp_path: Path, tiny: Candidate, learned: Candidate) -> Asked:
    """Ask for a study of the base and the model after one turn."""

    def request(study: str, **more: Any) -> StudyRequest:  # noqa: ANN401 - any field
        out = tmp_path / "out"
        out.mkdir()
        told = {
            "kind": "agent_model",
            "study": study,
            "params": {},
            "check": {"samples": 2, "temperature": 0.8},
            "folder": tmp_path,
            "candidates": {0: tiny.folder, 3: learned.folder},
            "train": split(tmp_path / "train.jsonl", "train", n=12, seed=3),
            "dev": split(tmp_path / "dev.jsonl", "dev", n=8, seed=5),
            "out": out,
            "cache": tmp_path / "cache",
            "seed": 1,
        }
        return StudyRequest.model_validate(told | more)

    return request


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def params(**more: Any) -> Params:  # noqa: ANN401 - any parameter
    return Params.model_validate(PARAMS | more)


def only(found: Studied, *names: str) -> list[Any]:
    """Return the named records, and see that there are no others."""
    assert {name for name, value in found.records.items() if value} == set(names)
    return [found.records[name] for name in names]


def test_cohorts_are_equal_in_rows_and_then_in_tokens(asked: Asked) -> None:
    request = asked("cohorts")
    rows, gaps = only(cohorts(request, params(train={"steps": 3})), "cohorts", "gaps")

    by = {equal: [row for row in rows if row["equal"] == equal] for equal in ("rows", "tokens")}
    names = ["high", "low", "random", "strict"]
    assert [row["name"] for row in by["rows"]] == [row["name"] for row in by["tokens"]] == names
    assert len({row["rows"] for row in by["rows"]}) == 1
    high, low, _, strict = by["rows"]
    assert (high["own_partial"], strict["own_partial"], low["own_partial"]) == (1.0, 1.0, 0.0)
    bound = max(row["tokens"] for row in by["tokens"])
    assert all(bound - row["tokens"] < bound / row["rows"] + 10 for row in by["tokens"])
    assert [gap["equal"] for gap in gaps] == ["rows", "tokens"]
    assert len([*(request.out / "models").iterdir()]) == 8


def test_experience_is_folded_into_text_and_into_weights(asked: Asked) -> None:
    request = asked("folded")
    (arms,) = only(folded(request, params()), "folded")

    base, text, weights = arms
    assert [each["name"] for each in arms] == ["base", "folded", "weights"]
    assert (base["gain"], base["once_s"], text["once_s"]) == (None, 0, 0)
    assert weights["once_s"] > 0
    assert text["tokens_in"] > weights["tokens_in"]
    assert "chat_post" in (request.out / "SKILL.md").read_text()


def test_models_stand_beside_agents_that_need_none(asked: Asked) -> None:
    standings, curves = only(acting.agents(asked("agents"), params()), "standings", "curves")

    named = {each["agent"]: each for each in standings}
    assert set(named) == {"reference", "noisy", "first_hit", "noop", "row 0", "row 3"}
    assert named["reference"]["partial"]["mean"] == 1
    assert named["noop"]["partial"]["mean"] == 0
    assert len(curves) == 2


def test_each_agent_acts_freely_and_one_action_at_a_time(asked: Asked) -> None:
    (found,) = only(acting.harnesses(asked("harnesses"), params()), "harnesses")

    assert len(found) == 3


def test_habits_are_told_from_one_accepted_model_to_the_next(asked: Asked) -> None:
    (found,) = only(acting.drift(asked("drift"), params()), "drifts")

    assert [each["mix"]["label"] for each in found] == ["row 0", "row 3"]
    assert found[0]["divergence"] is None
    assert 0 <= found[1]["divergence"] <= 1


def test_kinds_of_tasks_are_compared_with_the_baseline(asked: Asked) -> None:
    (found,) = only(acting.templates(asked("templates"), params()), "kinds")

    assert {each["template"] for each in found} == {"simple_post", "simple_deal"}


def test_a_loop_that_has_accepted_nothing_yet_can_be_studied(asked: Asked, tiny: Candidate) -> None:
    request = asked("drift", candidates={0: tiny.folder})

    (found,) = only(acting.drift(request, params()), "drifts")
    assert [each["mix"]["label"] for each in found] == ["row 0"]


def test_a_turn_is_worth_something_to_each_size(asked: Asked) -> None:
    shapes = {name: Shape.model_validate(SHAPE | {"hidden": n}) for name, n in HIDDEN.items()}
    request = asked("sizes")
    (found,) = only(sizes(request, params(), shapes=shapes), "sizes")

    assert [each["name"] for each in found] == ["small", "large"]
    small, large = found
    assert large["parameters"] - small["parameters"] == 2 * 3 * 48 * (112 - 96)
    assert small["base"]["mean"] > 0
    assert small["base_s"] > small["turn_s"] > 0
    assert not request.cache.exists()


def test_sizes_are_of_bases_that_are_made_here(asked: Asked) -> None:
    with pytest.raises(AgentModelError, match="this loop's base is a folder"):
        sizes(asked("sizes"), params(base={"folder": "/models/x"}))
