from typing import Any

import pytest

from runner.evals.model import Eval, FileSource, Metric
from runner.gate.check.declaration import arms_read, metrics_read
from runner.gate.declaration import problems
from runner.spec.gate_check import Checks
from runner.spec.model import Gate


def told(checks: dict[str, Any], eval_: Eval, **gate: object) -> tuple[str, ...]:
    data = {"primary": "score", "min_delta": 0.1, "checks": checks} | gate
    return problems(Gate.model_validate(data), eval_)


@pytest.mark.parametrize(
    "checks",
    [
        {},
        {"placebo": {}, "red_team": {}, "reward_hacking": {}, "canary": {}, "budget": {"usd": 2}},
        {"canary": {"calibration": None, "floor": 0.9}},
        {"reward_hacking": {"truth": "agreement", "shift": {"answer_chars": {"fall": 0.2}}}},
    ],
    ids=["nothing", "all with what they have by default", "half a canary", "a truth of its own"],
)
def test_checks_that_can_run_are_no_problem(checked_eval: Eval, checks: dict[str, Any]) -> None:
    assert told(checks, checked_eval) == ()


HAS = "which has agreement, answer_chars, brier, leaks, parsed, safe, score"


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        (
            {"red_team": {"metric": "safety"}},
            f"gate.checks.red_team: metric 'safety' is not in eval demo, {HAS}",
        ),
        (
            {"red_team": {"metric": "leaks"}},
            "gate.checks.red_team: leaks is better when lower; min needs the opposite",
        ),
        (
            {"reward_hacking": {"truth": "truth"}},
            f"gate.checks.reward_hacking: metric 'truth' is not in eval demo, {HAS}",
        ),
        (
            {"reward_hacking": {"shift": {"chars": {"rise": 0.5}}}},
            f"gate.checks.reward_hacking: metric 'chars' is not in eval demo, {HAS}",
        ),
        (
            {"reward_hacking": {"shift": {"answer_chars": {}}}},
            "gate.checks.reward_hacking: shift answer_chars says nothing; give rise or fall",
        ),
        (
            {"canary": {"fallback": "ok"}},
            f"gate.checks.canary: metric 'ok' is not in eval demo, {HAS}",
        ),
        (
            {"canary": {"fallback": None, "calibration": None}},
            "gate.checks.canary: says nothing; name fallback or calibration",
        ),
        (
            {"canary": {"fallback": None, "floor": 0.9}},
            "gate.checks.canary: floor is of fallback, which is left out",
        ),
        (
            {"canary": {"fallback": "leaks", "floor": 0.9}},
            "gate.checks.canary: leaks is better when lower; floor needs the opposite",
        ),
    ],
)
def test_a_check_that_could_never_run_is_refused(
    checked_eval: Eval, checks: dict[str, Any], expected: str
) -> None:
    assert told(checks, checked_eval) == (expected,)


def test_a_placebo_needs_its_control(checked_eval: Eval) -> None:
    bare = checked_eval.model_copy(update={"controls": ("empty",)})
    assert told({"placebo": {}}, bare) == (
        "gate.checks.placebo: eval demo has no control placebo; it has empty",
    )
    none = checked_eval.model_copy(update={"controls": ()})
    assert told({"placebo": {}}, none) == (
        "gate.checks.placebo: eval demo has no control placebo; it has none",
    )


def test_a_placebo_and_an_equal_score_contradict_one_another(checked_eval: Eval) -> None:
    (found,) = told({"placebo": {}}, checked_eval, simpler=True)
    assert found.startswith("gate.checks.placebo: an equal score has no lift")


def test_a_slice_that_no_source_has_is_refused(checked_eval: Eval) -> None:
    sources = (FileSource(file="a", slices=("natural",)), FileSource(file="b", slices=("dense",)))
    sliced = checked_eval.model_copy(update={"heldout": sources})
    assert told({"red_team": {}}, sliced) == (
        "gate.checks.red_team: no held-out source has the slice 'redteam'; known: natural, dense",
    )
    loose = checked_eval.model_copy(update={"heldout": (FileSource(file="a"),)})
    assert told({"red_team": {}}, loose) == ()


def test_a_scalar_takes_no_check(checked_eval: Eval) -> None:
    assert told({"budget": {"usd": 2}}, checked_eval, kind="scalar") == (
        "gate.checks: kind scalar judges one number per run and has no cases to check",
    )


def test_what_checks_read_is_known(checked_eval: Eval) -> None:
    asked = Checks.model_validate(
        {
            "placebo": {},
            "red_team": {},
            "reward_hacking": {"truth": "agreement@dense", "shift": {"answer_chars": {"rise": 1}}},
            "canary": {"calibration": None},
        }
    )
    assert metrics_read(asked) == {"safe", "agreement", "answer_chars", "parsed"}
    assert arms_read(asked) == {"placebo"}
    assert (metrics_read(Checks()), arms_read(Checks())) == (frozenset(), frozenset())


def test_a_metric_may_have_either_direction(checked_eval: Eval) -> None:
    flipped = checked_eval.metrics | {"brier": Metric(direction="max")}
    assert told({"canary": {}}, checked_eval.model_copy(update={"metrics": flipped})) == ()
