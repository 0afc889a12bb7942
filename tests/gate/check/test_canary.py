import math
from collections.abc import Callable

import pytest

from runner.core.score import CaseScore
from runner.gate.check.canary import check_canary
from runner.gate.decide import decide
from runner.gate.question import Question
from runner.spec.gate_check import CanaryCheck

Arm = Callable[..., list[CaseScore]]
Put = Callable[..., Question]
FALLBACK = CanaryCheck(calibration=None)
CALIBRATION = CanaryCheck(fallback=None)


def share(ones: int, n: int = 40) -> list[float]:
    return [1.0] * ones + [0.0] * (n - ones)


@pytest.mark.parametrize(
    ("ours", "state"),
    [
        pytest.param(40, "holds", id="all parse"),
        pytest.param(36, "holds", id="four fewer: p = 1/16"),
        pytest.param(35, "broken", id="five fewer: p = 1/32"),
    ],
)
def test_answers_still_parse(arm: Arm, put: Put, ours: int, state: str) -> None:
    question = put(arm(parsed=share(ours)), arm(parsed=share(40)))
    assert check_canary(question, FALLBACK).state == state


def test_broken_cases_do_not_parse(arm: Arm, put: Put) -> None:
    ours = arm(parsed=share(40))
    for number in range(5):
        ours[number] = ours[number].model_copy(update={"failed": True})
    assert check_canary(put(ours, arm(parsed=share(40))), FALLBACK).state == "broken"


@pytest.mark.parametrize(("floor", "state"), [(0.9, "holds"), (0.95, "holds"), (0.96, "broken")])
def test_a_floor_holds_whatever_the_incumbent_does(
    arm: Arm, put: Put, floor: float, state: str
) -> None:
    question = put(arm(parsed=share(38)), arm(parsed=share(38)))
    asked = CanaryCheck(floor=floor, calibration=None)
    assert check_canary(question, asked).state == state


@pytest.mark.parametrize(
    ("worse", "state"), [(4, "holds"), (5, "broken"), (0, "holds")], ids=["noise", "drift", "none"]
)
def test_confidence_does_not_drift(arm: Arm, put: Put, worse: int, state: str) -> None:
    ours = arm(brier=[0.3] * worse + [0.2] * (40 - worse))
    assert check_canary(put(ours, arm(brier=[0.2] * 40)), CALIBRATION).state == state


def test_better_calibration_is_no_drift(arm: Arm, put: Put) -> None:
    question = put(arm(brier=[0.1] * 40), arm(brier=[0.2] * 40))
    assert check_canary(question, CALIBRATION).state == "holds"


def test_confidence_that_is_not_told_any_more_was_not_evaluated(arm: Arm, put: Put) -> None:
    question = put(arm(parsed=share(40)), arm(parsed=share(40), brier=[0.2] * 40))
    found = check_canary(question, CanaryCheck())
    assert (found.state, found.why) == ("not_evaluated", "too many cases have no score of brier")


def test_confidence_that_is_not_told_where_it_is_wrong_costs_the_worst(arm: Arm, put: Put) -> None:
    ours = arm(score=share(40), brier=[0.2] * 40)
    for number in range(8):
        ours[number] = ours[number].model_copy(update={"metrics": {"score": 1.0}})
    question = put(ours, arm(brier=[0.2] * 39 + [0.9]))
    assert check_canary(question, CALIBRATION).state == "broken"


def test_scores_that_are_no_numbers_are_broken(arm: Arm, put: Put) -> None:
    question = put(arm(brier=[math.nan] * 40), arm(brier=[0.2] * 40))
    assert check_canary(question, CALIBRATION).state == "broken"


def test_it_vetoes_an_accept_and_says_so(arm: Arm, put: Put) -> None:
    ours = arm(score=share(30), parsed=share(35), brier=[0.4] * 40)
    theirs = arm(score=share(10), parsed=share(40), brier=[0.2] * 40)
    assert decide(put(ours, theirs)).verdict == "accept"
    decision = decide(put(ours, theirs, {"canary": {}}))
    assert decision.verdict == "reject"
    assert decision.reason == (
        "check canary is broken: parsed became worse beyond noise and brier became worse beyond "
        "noise; a failure rate below 3/40 = 0.075 is invisible here"
    )
    assert "parsed -0.1250 (higher is better) on 40 cases, brier -0.2000" in decision.detail
