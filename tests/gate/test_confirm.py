"""The lock-box's one test."""

import pytest

from runner.core.receipt import VerdictReceipt
from runner.core.score import CaseScore
from runner.evals.model import Eval
from runner.gate.confirm import NOTHING, confirmed
from runner.gate.receipt import Opened
from runner.spec.model import Spec

SPEC = Spec.model_validate(
    {
        "version": 1,
        "loop": "toy",
        "make": {"command": ["x"]},
        "check": {"eval": "birds"},
        "gate": {
            "primary": "hit",
            "min_delta": 0.2,
            "confirm": True,
            "guards": {"hit@rare": {"min": 0.9}},
            "checks": {"budget": {"usd": 1}},
        },
    }
)
EVAL = Eval.model_validate(
    {
        "eval": "birds",
        "version": 1,
        "checker": {"command": ["x"]},
        "metrics": {"hit": {"direction": "max"}},
        "critical": ["c0"],
    }
)


def arm(hits: int, *, n: int = 20, sign: float = 1) -> tuple[CaseScore, ...]:
    return tuple(
        CaseScore(case=f"c{case}", metrics={"hit": sign * float(case < hits)}) for case in range(n)
    )


def opened(before: int, after: int, *, missing: int = 0) -> Opened:
    cases = {f"c{n}": () for n in range(20)}
    return Opened(cases, {"incumbent": arm(before), "candidate": arm(after, n=20 - missing)})


@pytest.mark.parametrize(
    ("before", "after", "verdict", "p"),
    [
        pytest.param(5, 10, "confirmed", 1 / 32, id="above"),
        pytest.param(5, 9, "refuted", 1 / 16, id="p above 0.05"),
        pytest.param(5, 8, "refuted", 1 / 8, id="below min_delta"),
        pytest.param(5, 5, "refuted", 1.0, id="tie"),
        pytest.param(10, 5, "refuted", 1.0, id="regression"),
    ],
)
def test_a_gain_is_confirmed_by_one_look_at_0_05_and_min_delta(
    before: int, after: int, verdict: str, p: float
) -> None:
    found = confirmed(SPEC, EVAL, opened(before, after))
    assert found.verdict == verdict
    assert found.look.spent
    assert found.gate is not None
    assert (found.gate.p, found.gate.alpha, found.gate.looks, found.gate.n) == (p, 0.05, 1, 20)
    assert found.heldout is not None
    score = found.heldout["hit"]
    assert (score.incumbent, score.candidate) == (before / 20, after / 20)


def test_guards_checks_and_critical_cases_are_not_asked_again() -> None:
    found = confirmed(SPEC, EVAL, opened(5, 20))
    assert found.verdict == "confirmed"
    assert found.gate is not None
    assert found.gate.guards == {}


def test_too_many_missing_cases_spend_no_lock_box() -> None:
    found = confirmed(SPEC, EVAL, opened(5, 10, missing=4))
    assert (found.verdict, found.look.spent, found.heldout) == ("error", False, None)
    assert found.reason.endswith("may be missing (max_infra_fail); no look was spent")


def test_scores_that_no_verdict_can_be_built_on_are_an_error() -> None:
    arms = {"incumbent": arm(5), "candidate": (*arm(5), *arm(5))}
    found = confirmed(SPEC, EVAL, Opened({f"c{n}": () for n in range(20)}, arms))
    assert (found.verdict, found.look.spent) == ("error", False)


def test_a_gain_that_every_case_shows_alike_is_refuted_with_the_reason() -> None:
    same = {
        name: tuple(CaseScore(case=f"c{n}", metrics={"hit": score}) for n in range(20))
        for name, score in (("incumbent", 0.25), ("candidate", 0.75))
    }
    found = confirmed(SPEC, EVAL, Opened({f"c{n}": () for n in range(20)}, same))
    assert (found.verdict, found.look.spent) == ("refuted", True)
    assert found.reason.startswith(
        "what the campaign claims did not hold on the lock-box: every case differs by one and the "
        "same amount, which is no measurement of a gain (zero width): hit +0.5000 (20 wins, 0 "
        "losses of 20 held-out cases"
    )
    assert found.reason.count("is invisible here") == 1


def test_what_was_seen_is_told_whole_whatever_came_of_it() -> None:
    end = "; a failure rate below 3/20 = 0.15 is invisible here"
    assert confirmed(SPEC, EVAL, opened(5, 10)).reason == (
        "what the campaign claims held on the lock-box: hit +0.2500 (5 wins, 0 losses of 20"
        " held-out cases, 95 % interval +0.100 to +0.500; p = 0.03125 at level 0.05, look 1)" + end
    )
    assert confirmed(SPEC, EVAL, opened(5, 8)).reason == (
        "what the campaign claims did not hold on the lock-box: hit +0.1500 (3 wins, 0 losses of 20"
        " held-out cases, 95 % interval +0.050 to +0.350; p = 0.125 at level 0.05, look 1)" + end
    )


def test_a_lock_box_that_nobody_could_answer_says_that_nothing_was_seen() -> None:
    broken = tuple(line.model_copy(update={"failed": True}) for line in arm(0))
    cases = {f"c{n}": () for n in range(20)}
    found = confirmed(SPEC, EVAL, Opened(cases, {"incumbent": broken, "candidate": broken}))
    assert found == VerdictReceipt(verdict="error", reason=NOTHING)


def test_cases_that_both_sides_lack_are_missed() -> None:
    arms = {"incumbent": arm(5, n=10), "candidate": arm(10, n=10)}
    found = confirmed(SPEC, EVAL, Opened({f"c{n}": () for n in range(20)}, arms))
    assert (found.verdict, found.reason) == (
        "error",
        (
            "0.5 of the cases have no score of hit on one arm; at most 0.02 may be missing"
            " (max_infra_fail); no look was spent"
        ),
    )
