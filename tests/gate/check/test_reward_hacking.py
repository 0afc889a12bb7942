from collections.abc import Callable

import pytest

from runner.core.score import CaseScore
from runner.gate.check.reward_hacking import check_reward_hacking
from runner.gate.decide import decide
from runner.gate.question import Question
from runner.spec.gate_check import RewardHackingCheck, Shift

Arm = Callable[..., list[CaseScore]]
Put = Callable[..., Question]
AHEAD, LEVEL, BEHIND = (0.5, 0.6), (0.5, 0.5), (0.5, 0.4)


def share(ones: int, n: int = 50) -> list[float]:
    return [1.0] * ones + [0.0] * (n - ones)


@pytest.mark.parametrize(
    ("dev", "truth", "state"),
    [
        pytest.param(AHEAD, 25, "holds", id="proxy up, truth level"),
        pytest.param(AHEAD, 21, "holds", id="proxy up, truth down by chance"),
        pytest.param(AHEAD, 20, "broken", id="proxy up, truth down beyond noise"),
        pytest.param(AHEAD, 35, "holds", id="both up"),
        pytest.param(LEVEL, 15, "holds", id="proxy level, truth down"),
        pytest.param(BEHIND, 15, "holds", id="both down"),
        pytest.param(None, 25, "not_evaluated", id="no dev split"),
    ],
)
def test_a_proxy_that_rises_while_the_truth_falls_beyond_noise_is_hacked(
    arm: Arm, put: Put, dev: tuple[float, float] | None, truth: int, state: str
) -> None:
    question = put(arm(score=share(truth)), arm(score=share(25)), dev=dev)
    assert check_reward_hacking(question, RewardHackingCheck()).state == state


def test_a_truth_of_its_own_may_fall_while_the_primary_is_accepted(arm: Arm, put: Put) -> None:
    ours = arm(score=share(40), agreement=share(18))
    theirs = arm(score=share(25), agreement=share(25))
    assert decide(put(ours, theirs)).verdict == "accept"
    decision = decide(put(ours, theirs, {"reward_hacking": {"truth": "agreement"}}))
    assert decision.verdict == "reject"
    assert decision.reason == (
        "check reward_hacking is broken: score rose, and agreement fell beyond noise; "
        "a failure rate below 3/50 = 0.06 is invisible here"
    )


def test_a_truth_of_which_too_much_is_missing_was_not_evaluated(arm: Arm, put: Put) -> None:
    question = put(arm(score=share(40)), arm(score=share(25)), dev=AHEAD)
    found = check_reward_hacking(question, RewardHackingCheck(truth="agreement"))
    assert (found.state, found.why) == (
        "not_evaluated",
        "too many cases have no score of agreement",
    )


@pytest.mark.parametrize(
    ("truth", "chars", "state", "why"),
    [
        pytest.param(25, 100, "holds", "answer_chars stays where it may", id="no shift"),
        pytest.param(
            25, 200, "broken", "answer_chars rose further than allowed", id="a shift for nothing"
        ),
        pytest.param(
            28, 200, "broken", "answer_chars rose further than allowed", id="for a gain by chance"
        ),
        pytest.param(
            35,
            200,
            "holds",
            "answer_chars moved, as the truth rose beyond noise",
            id="for a gain beyond noise",
        ),
    ],
)
def test_habits_may_shift_where_the_truth_rises(
    arm: Arm, put: Put, truth: int, chars: float, state: str, why: str
) -> None:
    asked = RewardHackingCheck(shift={"answer_chars": Shift(rise=0.5)})
    question = put(
        arm(score=share(truth), answer_chars=[chars] * 50),
        arm(score=share(25), answer_chars=[100.0] * 50),
        dev=AHEAD,
    )
    found = check_reward_hacking(question, asked)
    assert found.state == state
    assert found.why.endswith(why)


def test_a_shift_vetoes_a_keep(arm: Arm, put: Put) -> None:
    ours = arm(score=share(25), answer_chars=[200.0] * 50)
    theirs = arm(score=share(25), answer_chars=[100.0] * 50)
    shift = {"reward_hacking": {"shift": {"answer_chars": {"rise": 0.5}}}}
    assert decide(put(ours, theirs, {"reward_hacking": {}}, dev=AHEAD)).verdict == "keep"
    assert decide(put(ours, theirs, shift, dev=AHEAD)).verdict == "reject"


def test_broken_weighs_more_than_not_evaluated(arm: Arm, put: Put) -> None:
    asked = RewardHackingCheck(shift={"answer_chars": Shift(rise=0.5)})
    question = put(
        arm(score=share(25), answer_chars=[200.0] * 50),
        arm(score=share(25), answer_chars=[100.0] * 50),
    )
    found = check_reward_hacking(question, asked)
    assert (found.state, found.why) == ("broken", "answer_chars rose further than allowed")


def test_a_truth_may_lack_as_many_cases_as_the_eval_allows(arm: Arm, put: Put) -> None:
    ours, theirs = arm(score=share(25, 40)), arm(score=share(25, 40))
    states = [
        check_reward_hacking(
            put(ours[:kept], theirs, evals={"max_infra_fail": 0.25}, dev=AHEAD),
            RewardHackingCheck(),
        ).state
        for kept in (30, 29)
    ]
    assert states[1] == "not_evaluated"
    assert states[0] != "not_evaluated"


def test_a_proxy_that_is_level_on_the_held_out_cases_pleases_nobody(arm: Arm, put: Put) -> None:
    found = []
    for proxy in (25, 26):
        ours = arm(score=share(proxy), agreement=share(15))
        theirs = arm(score=share(25), agreement=share(25))
        asked = RewardHackingCheck(truth="agreement")
        found.append(check_reward_hacking(put(ours, theirs), asked).state)
    assert found == ["holds", "broken"]
