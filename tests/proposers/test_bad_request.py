"""Requests that no proposal can be made of: each is one clear error, and nobody is asked."""

from collections.abc import Callable
from typing import Any

import pytest

from runner.core.chat import Decoding
from runner.core.errors import InvalidCandidateError, LoopError
from runner.proposers.edit import check_files
from runner.proposers.gepa.cell import Cells
from runner.proposers.gepa.params import Params as Search
from runner.proposers.gepa.proposer import propose as search
from runner.proposers.limit import Frame
from runner.proposers.meta import Meta, open_meta
from runner.proposers.reflect.params import Params
from runner.proposers.reflect.proposer import propose, reflect
from runner.proposers.section import open_spans
from tests.proposers.desk import PATH, SKILL, Desk, FakeModel, trial

MetaOf = Callable[[Any], Meta]
LARGE = {"input": "y" * 9000}


@pytest.mark.parametrize(
    ("field", "data", "problem"),
    [
        ("trials", b"{}\n", "not the trials of a checker"),
        ("trials", b"\xff\n", "not the trials of a checker"),
        ("train", b"{\n", "not JSONL"),
        ("train", b"[1]\n", "expected one case with an id per line, got a list"),
        ("train", b'{"id": 3}\n', "expected one case with an id per line, got a mapping"),
        ("plan", b"{}", "no plan that a proposer can read"),
        ("plan", b'{"primary": "x", "past": [{"iteration": 1}]}', "no plan that a proposer"),
    ],
    ids=["fields", "bytes", "JSON", "list", "id", "primary", "verdict"],
)
def test_a_file_that_is_malformed_is_named(
    desk: Desk, meta_of: MetaOf, field: str, data: bytes, problem: str
) -> None:
    trials = None if field == "train" else [trial("t1")]
    request = desk.request(trials=trials, train=[{"id": "t1"}])
    place = getattr(request, field)
    place.write_bytes(data)
    model = FakeModel([])
    with pytest.raises(LoopError, match=problem) as caught:
        reflect(request, Params(), score=None, meta=meta_of(model))
    assert str(caught.value).startswith(str(place))
    assert model.asked == []


def test_a_file_that_is_gone_is_named(desk: Desk, meta_of: MetaOf) -> None:
    request = desk.request(trials=[trial("t1")])
    (desk.root / "trials.jsonl").unlink()
    with pytest.raises(LoopError, match="cannot be read"):
        reflect(request, Params(), score=None, meta=meta_of(FakeModel([])))


def test_an_eval_whose_model_is_none_is_told(desk: Desk) -> None:
    request = desk.request(trials=[trial("t1")], check={"model": {"kind": "endpoint"}})
    with pytest.raises(LoopError, match=r"propose\.with\.model is same, but the eval's model"):
        propose(request, Params(), None)


def test_a_frontmatter_that_becomes_a_list_is_refused() -> None:
    with pytest.raises(InvalidCandidateError) as caught:
        check_files(
            {PATH: SKILL}, {PATH: "---\n- a\n---\n# A\n"}, Frame(sections=("frontmatter", "Triage"))
        )
    assert str(caught.value) == f"the frontmatter of {PATH} is a list; it must be a mapping"


def test_sections_within_one_another_are_one_span() -> None:
    text = "# A\n\n## B\nb\n### C\nc\n## D\nd\n"
    (span,) = open_spans(text, ("B", "C"))
    assert text[slice(*span)] == "b\n### C\nc\n"


def test_the_bound_on_cells_holds_whoever_asks() -> None:
    cells = Cells(lambda files, cases: [], [{"id": "a"}, {"id": "b"}], reps=1, most=1)
    with pytest.raises(LoopError) as caught:
        cells.trials({PATH: ""}, ["a", "b"])
    assert str(caught.value) == "gepa wants 2 metric calls and 1 are left"
    assert cells.calls == 0


def _script(desk: Desk) -> dict[str, str]:
    (desk.tree / "meta.yaml").write_text("rules: [{reply: 'no'}]\n")
    return {"kind": "scripted", "script": "meta.yaml"}


@pytest.mark.parametrize(
    ("decoding", "seed"),
    [({}, None), ({"temperature": 0.5}, 3), ({"temperature": 0.5, "seed": 8}, 8)],
    ids=["greedy", "drawn", "its own seed"],
)
def test_a_drawn_answer_is_drawn_by_the_attempts_seed(
    desk: Desk, decoding: dict[str, Any], seed: int | None
) -> None:
    params = Params.model_validate({"model": _script(desk), "decoding": decoding})
    with open_meta(desk.request(), params) as meta:
        assert meta._decoding.seed == seed
        assert isinstance(meta._decoding, Decoding)


def test_a_search_whose_cases_are_too_large_makes_failed_proposals(desk: Desk) -> None:
    cases = [{"id": f"t{n}"} | LARGE for n in range(4)]
    request = desk.request(kind="gepa", train=cases)
    params = Search.model_validate({"model": _script(desk), "prompt_bytes": 9000, "generations": 1})
    with pytest.raises(InvalidCandidateError) as caught:
        search(request, params, lambda files, asked: [trial(each["id"], **LARGE) for each in asked])
    assert str(caught.value).endswith(
        "(1 of them could not be used; the last that could not be used: none of the failing cases "
        "fits in prompt_bytes, 9000; raise it)"
    )
