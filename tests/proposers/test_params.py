from typing import Any

import pytest

from runner.core.build import MisfitError, build
from runner.core.frozen import Frozen
from runner.core.request import Needs
from runner.proposers.gepa import params as gepa
from runner.proposers.queue import params as queue
from runner.proposers.reflect import params as reflect

ENDPOINT = {"kind": "endpoint", "name": "m", "base_url": "https://llm.example/v1", "key": "LLM_KEY"}


@pytest.mark.parametrize(
    ("model", "data", "problem"),
    [
        (reflect.Params, {"model": "other"}, 'model: expected "same", got "other"'),
        (reflect.Params, {"model": {"kind": "endpoint"}}, "model.name: missing"),
        (reflect.Params, {"max_lines": 0}, "max_lines: expected a number > 0, got 0"),
        (reflect.Params, {"failure": 3}, 'failure: unknown key; did you mean "failures"?'),
        (gepa.Params, {"val_share": 1}, "val_share: expected a number < 1, got 1"),
        (gepa.Params, {"max_usd": 0}, "max_usd: expected a number > 0, got 0"),
        (queue.Params, {}, "expected either `edits` or `file`"),
        (queue.Params, {"file": "a", "edits": [{"find": "", "replace": "x"}]}, "expected either"),
        (queue.Params, {"edits": [{"find": "", "replace": "x"}], "path": "b"}, "`path` goes with"),
    ],
    ids=[
        "model word",
        "model without a name",
        "lines",
        "unknown",
        "share",
        "dollars",
        "no edit",
        "two ways",
        "path",
    ],
)
def test_bad_parameters_say_what_is_wrong(
    model: type[Frozen], data: dict[str, Any], problem: str
) -> None:
    with pytest.raises(MisfitError) as caught:
        build(model, data)
    assert problem in str(caught.value)


def test_a_proposer_needs_its_models_key_and_host() -> None:
    needed = Needs(variables=("LLM_KEY",), network=("llm.example",))
    assert reflect.needs(build(reflect.Params, {"model": ENDPOINT})) == needed
    assert gepa.needs(build(gepa.Params, {"model": ENDPOINT})) == needed


def test_the_tasks_own_model_needs_no_more_than_the_checker() -> None:
    assert reflect.needs(build(reflect.Params, {})) == Needs()
    assert gepa.needs(build(gepa.Params, {})) == Needs()


def test_a_written_edit_needs_nothing() -> None:
    assert queue.needs(queue.Params(file="notes.md")) == Needs()
