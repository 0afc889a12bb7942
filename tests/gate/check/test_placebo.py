import math
from collections.abc import Callable

import pytest

from runner.core.score import CaseScore
from runner.gate.check.placebo import check_placebo
from runner.gate.decide import decide
from runner.gate.question import Question
from runner.spec.gate_check import PlaceboCheck

Arm = Callable[..., list[CaseScore]]
Put = Callable[..., Question]
HALF = PlaceboCheck()


def share(ones: int, n: int = 20) -> list[float]:
    return [1.0] * ones + [0.0] * (n - ones)


@pytest.mark.parametrize(
    ("placebo", "asked", "state"),
    [
        pytest.param(4, 0.5, "holds", id="no lift"),
        pytest.param(0, 0.5, "holds", id="a loss"),
        pytest.param(7, 0.5, "holds", id="just below half"),
        pytest.param(8, 0.5, "broken", id="half"),
        pytest.param(12, 0.5, "broken", id="all of it"),
        pytest.param(8, 0.75, "holds", id="below another share"),
        pytest.param(11, 1.0, "holds", id="below the whole"),
    ],
)
def test_the_placebo_stays_below_its_share_of_the_lift(
    arm: Arm, put: Put, placebo: int, asked: float, state: str
) -> None:
    question = put(
        arm(score=share(12)),
        arm(score=share(4)),
        controls={"placebo": arm(score=share(placebo))},
    )
    assert check_placebo(question, PlaceboCheck(share=asked)).state == state


def test_the_numbers_are_told_apart_from_the_plain_words(arm: Arm, put: Put) -> None:
    question = put(
        arm(score=share(12)), arm(score=share(4)), controls={"placebo": arm(score=share(6))}
    )
    found = check_placebo(question, HALF)
    assert found.why == "a text of the same length without its words does not do it"
    assert found.seen == (
        "on 20 cases the placebo's lift +0.1000 is 0.25 of the candidate's +0.4000, below 0.5 asked"
    )


def test_less_is_better_for_a_loss(arm: Arm, put: Put) -> None:
    question = put(
        arm(brier=share(4)),
        arm(brier=share(12)),
        gate={"primary": "brier"},
        controls={"placebo": arm(brier=share(11))},
    )
    assert check_placebo(question, HALF).state == "holds"
    worse = put(
        arm(brier=share(4)),
        arm(brier=share(12)),
        gate={"primary": "brier"},
        controls={"placebo": arm(brier=share(8))},
    )
    assert check_placebo(worse, HALF).state == "broken"


@pytest.mark.parametrize(
    ("controls", "ours", "why"),
    [
        pytest.param({}, 12, "the control arm placebo was not scored", id="no arm"),
        pytest.param({"empty": 4}, 12, "the control arm placebo was not scored", id="another arm"),
        pytest.param(
            {"placebo": 4},
            4,
            "there is no lift over the incumbent that a placebo could reproduce",
            id="no lift",
        ),
        pytest.param(
            {"placebo": 0},
            3,
            "there is no lift over the incumbent that a placebo could reproduce",
            id="a loss",
        ),
    ],
)
def test_without_arm_or_lift_it_was_not_evaluated(
    arm: Arm, put: Put, controls: dict[str, int], ours: int, why: str
) -> None:
    question = put(
        arm(score=share(ours)),
        arm(score=share(4)),
        controls={name: arm(score=share(ones)) for name, ones in controls.items()},
    )
    found = check_placebo(question, HALF)
    assert (found.state, found.why) == ("not_evaluated", why)


def test_a_placebo_arm_of_too_few_cases_was_not_evaluated(arm: Arm, put: Put) -> None:
    question = put(
        arm(score=share(12)), arm(score=share(4)), controls={"placebo": arm(score=share(4, n=19))}
    )
    found = check_placebo(question, HALF)
    assert found.state == "not_evaluated"
    assert found.why == "too many cases of the control arm placebo have no score"


def test_a_placebo_that_is_not_a_number_does_not_hold(arm: Arm, put: Put) -> None:
    question = put(
        arm(score=share(12)),
        arm(score=share(4)),
        controls={"placebo": arm(score=[math.nan] * 20)},
    )
    assert check_placebo(question, HALF).state == "broken"


def test_it_vetoes_an_accept_and_says_so(arm: Arm, put: Put) -> None:
    arms = arm(score=share(12)), arm(score=share(4))
    assert decide(put(*arms)).verdict == "accept"
    decision = decide(
        put(*arms, {"placebo": {"share": 0.5}}, controls={"placebo": arm(score=share(12))})
    )
    assert decision.verdict == "reject"
    assert decision.reason == (
        "check placebo is broken: a text of the same length without its words does as much; "
        "a failure rate below 3/20 = 0.15 is invisible here"
    )
