"""What may leave a look, and what is sealed of it."""

import json
from collections.abc import Callable

import pytest

from runner.core.canonical import canonical
from runner.core.receipt import VerdictReceipt
from runner.core.row import HeldoutScore, Look
from runner.core.score import CaseScore
from runner.evals.model import Eval
from runner.gate.errors import GateError
from runner.gate.question import Question
from runner.gate.receipt import (
    Opened,
    alpha_of,
    compared,
    first,
    opened_scores,
    recorded_metrics,
    recorded_scores,
    shown_scores,
)
from runner.spec.model import Spec

EVAL = Eval.model_validate(
    {
        "eval": "birds",
        "version": 1,
        "checker": {"command": ["x"]},
        "metrics": {"hit": {"direction": "max"}, "size": {"direction": "min"}},
        "max_infra_fail": 0.25,
    }
)


def spec(**changes: object) -> Spec:
    body = {
        "version": 1,
        "loop": "toy",
        "make": {"command": ["x"]},
        "check": {"eval": "birds"},
        "gate": {"primary": "hit"},
    }
    return Spec.model_validate(body | changes)


def arm(*hits: float, **fields: object) -> tuple[CaseScore, ...]:
    return tuple(
        CaseScore(case=f"c{number}", metrics={"hit": hit, "junk": 9}, **fields)
        for number, hit in enumerate(hits)
    )


def opened(*hits: float, cases: int = 4, **arms: tuple[CaseScore, ...]) -> Opened:
    named = {name.replace("_", "-"): lines for name, lines in arms.items()}
    return Opened({f"c{n}": () for n in range(cases)}, {"candidate": arm(*hits)} | named)


def test_a_baseline_shows_its_own_and_its_controls_declared_scores() -> None:
    found = first(spec(), EVAL, opened(1, 0, 1, 1, control_floor=arm(0, 0, 1, 0)))
    assert found == VerdictReceipt(
        verdict="baseline",
        reason="the starting point: hit 0.750",
        heldout={"hit": HeldoutScore(candidate=0.75, interval=(0.25, 1.0))},
        controls={"floor": {"hit": 0.25}},
    )


def test_a_forced_baseline_says_why_and_a_full_score_that_none_can_be_above_it() -> None:
    full = opened(1, 1, 1, 1)
    told = "the starting point: hit 1.000"
    saturated = f"{told}; this metric is saturated, so no gain can show on it"
    assert first(spec(), EVAL, full).reason == saturated
    monitor = spec(make="none", check={"command": ["x"]}, watch={})
    assert first(monitor, EVAL, full).reason == told
    again = first(spec(), EVAL, full, why="the eval changed")
    assert again.reason == f"{saturated}; measured anew, since the eval changed"


@pytest.mark.parametrize(
    ("lines", "cases", "reason"),
    [
        pytest.param(arm(1, 0), 3, "0.333 of the held-out cases have no score", id="too few"),
        pytest.param(
            arm(0, 0, failed=True),
            2,
            "no case could be scored: the starting point broke on all 2 of them",
            id="broken",
        ),
        pytest.param(
            (CaseScore(case="c0", metrics={"size": 3, "junk": 1}, slices=("rare",)),),
            1,
            "no case scores hit, which gate.primary names;"
            " the checker wrote junk, junk@rare, size, size@rare",
            id="another metric",
        ),
        pytest.param(
            (),
            0,
            "no case scores hit, which gate.primary names; the checker wrote nothing",
            id="nothing",
        ),
    ],
)
def test_a_baseline_that_measured_nothing_is_an_error(
    lines: tuple[CaseScore, ...], cases: int, reason: str
) -> None:
    told = Opened({f"c{n}": () for n in range(cases)}, {"candidate": lines})
    assert first(spec(), EVAL, told) == VerdictReceipt(verdict="error", reason=reason)


def test_a_baseline_may_lack_as_many_cases_as_the_eval_allows() -> None:
    assert first(spec(), EVAL, opened(1, 0, 1)).verdict == "baseline"


def test_a_baseline_of_graded_scores_without_a_smallest_gain_is_refused() -> None:
    with pytest.raises(GateError, match=r"^gate\.min_delta: hit is graded"):
        first(spec(), EVAL, opened(0.5, 0.25, 1, 0))


def asked(ours: int, theirs: int) -> tuple[Question, Opened]:
    arms = opened(
        *[1.0] * ours,
        *[0.0] * (20 - ours),
        cases=20,
        incumbent=arm(*[1.0] * theirs, *[0.0] * (20 - theirs)),
        control_floor=arm(*[0.0] * 20),
    )
    question = Question(
        gate=spec().gate,
        eval=EVAL,
        candidate=arms.arms["candidate"],
        incumbent=arms.arms["incumbent"],
        expected=arms.expected,
    )
    return question, arms


def test_an_accepted_candidate_shows_what_is_claimed() -> None:
    question, arms = asked(15, 5)
    found = compared(spec(), question, arms)
    assert found.verdict == "accept"
    assert found.reason.startswith("the candidate is better than the incumbent: hit +0.5000 (10 w")
    assert found.heldout is not None
    assert (found.heldout["hit"].candidate, found.heldout["hit"].incumbent) == (0.75, 0.25)
    assert found.heldout.keys() == {"hit"}
    assert found.gate is not None
    assert (found.gate.wins, found.gate.losses, found.gate.p) == (10, 0, 2**-10)
    assert found.controls == {"floor": {"hit": 0.0}}
    assert found.look == Look(spent=True)


def test_a_rejected_candidate_shows_no_held_out_number_unless_the_spec_publishes_all() -> None:
    question, arms = asked(7, 5)
    why = "no gain shown on the held-out cases"
    end = "; a failure rate below 3/20 = 0.15 is invisible here"
    sealed = compared(spec(), question, arms)
    assert sealed == VerdictReceipt(
        verdict="reject", reason=why + end, look=Look(spent=True, underpowered=True)
    )
    shown = compared(spec(publish={"heldout": "all"}), question, arms)
    assert shown.reason.startswith(f"{why}: hit +0.1000 (2 wins, 0 losses of 20 held-out cases")
    assert shown.heldout == {"hit": HeldoutScore(candidate=0.35, incumbent=0.25)}
    assert shown.gate is not None
    assert shown.gate.p == 0.25
    assert shown.controls == {"floor": {"hit": 0.0}}


def test_lines_that_the_gate_refuses_are_an_error_that_says_so() -> None:
    question, arms = asked(7, 5)
    twice = Question(
        gate=question.gate,
        eval=EVAL,
        candidate=(*question.candidate, question.candidate[0]),
        incumbent=question.incumbent,
        expected=question.expected,
    )
    found = compared(spec(), twice, arms)
    assert (found.verdict, found.look) == ("error", Look())
    assert found.reason == (
        "the candidate reports case 'c0', repetition 0, twice;"
        " a checker writes one line per case and repetition"
    )


def test_the_level_of_a_look_follows_from_patience_lines_resets_and_folds() -> None:
    lines = spec(
        hypotheses=[{"id": "a", "line": "one"}, {"id": "b", "line": "two"}], stop={"patience": 2}
    )
    assert alpha_of(spec(), EVAL, resets=0) == 0.05 / 3
    assert alpha_of(lines, EVAL, resets=0) == 0.05 / 4
    assert alpha_of(lines, EVAL, resets=2) == 0.05 / 16
    folded = EVAL.model_validate(
        EVAL.model_dump(by_alias=True, exclude_defaults=True)
        | {"heldout": [{"file": "cases.jsonl", "folds": 5}]}
    )
    # Nadeau and Bengio: the standard error is taken to be larger by the root of 1 + 5/4
    assert alpha_of(spec(), folded, resets=0) == pytest.approx(0.000704, rel=0.01)


def test_what_is_sealed_is_what_the_verdict_depends_on() -> None:
    asks = spec(
        gate={
            "primary": "hit",
            "guards": {"size@rare": {"max": 3}},
            "checks": {"placebo": {}},
        },
        stop={"target": {"speed": {"min": 1}}},
    )
    line = CaseScore(
        case="c0",
        rep=1,
        slices=("rare",),
        metrics={"hit": 1, "size": 2, "speed": 3, "junk": 4},
        cluster="k",
        failed=True,
        seconds=9,
        cost_usd=0.5,
        tokens_in=7,
    )
    arms = Opened(
        {"c0": ("rare",)},
        {"candidate": (line,), "control-placebo": (line,), "control-floor": (line,)},
    )
    kept = {
        "case": "c0",
        "rep": 1,
        "slices": ["rare"],
        "metrics": {"hit": 1, "size": 2, "speed": 3},
        "cluster": "k",
        "failed": True,
        "tokens_in": 7,
    }
    assert recorded_metrics(asks) == {"hit", "size", "speed"}
    assert json.loads(recorded_scores(asks, arms)) == {
        "cases": {"c0": ["rare"]},
        "arms": {"candidate": [kept], "control-placebo": [kept]},
    }
    assert json.loads(recorded_scores(spec(), arms))["arms"].keys() == {"candidate"}


def test_what_was_sealed_is_read_back() -> None:
    arms = Opened({"c0": ("rare", "new"), "c1": ()}, {"candidate": arm(1, 0), "incumbent": ()})
    keeps = spec(gate={"primary": "hit", "guards": {"junk": {"max": 9}}})
    assert opened_scores(recorded_scores(keeps, arms)) == arms


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        (b"[]", "list indices must be integers or slices, not str"),
        (b"{}", "'cases'"),
        (b'{"cases": {}}', "'arms'"),
        (b'{"cases": [], "arms": {}}', "'list' object has no attribute 'items'"),
        (b'{"cases": {"a": 1}, "arms": {}}', "'int' object is not iterable"),
        (b'{"cases": {}, "arms": {"candidate": [{}]}}', "case: field required"),
    ],
    ids=["empty", "list", "no cases", "no arms", "cases", "slices", "line"],
)
def test_other_bytes_are_refused_as_scores_in_one_line(data: bytes, why: str) -> None:
    with pytest.raises(GateError) as caught:
        opened_scores(data)
    assert str(caught.value) == f"not per-case scores as git-loop writes them ({why})"


def test_scores_nested_without_end_are_refused_too() -> None:
    with pytest.raises(GateError, match=r"^not per-case scores as git-loop writes them \(max"):
        opened_scores(b"[" * 100_000)


def test_shown_scores_are_declared_and_rounded_to_six_digits() -> None:
    full = HeldoutScore(candidate=2 / 3, incumbent=1 / 3, interval=(1 / 9, 8 / 9))
    bare = HeldoutScore(candidate=1 / 7)
    shown = shown_scores(EVAL, {"hit@rare": full, "size": bare, "junk": bare})
    assert shown == {
        "hit@rare": HeldoutScore(
            candidate=0.666667, incumbent=0.333333, interval=(0.111111, 0.888889)
        ),
        "size": HeldoutScore(candidate=0.142857),
    }
    assert canonical(shown["size"].model_dump(mode="json"))


def test_controls_go_by_their_own_names(lines: Callable[..., tuple[CaseScore, ...]]) -> None:
    arms = opened(1, 0, incumbent=lines([1]), control_floor=lines([0]))
    assert arms.controls() == {"floor": lines([0])}
