from collections.abc import Callable

import pytest

from runner.core.score import CaseScore
from runner.gate.check.answer import Answer, joined
from runner.gate.check.table import run_checks
from runner.gate.condition import conditions
from runner.gate.decide import decide
from runner.gate.errors import GateError
from runner.gate.question import Question
from runner.spec.gate_check import PREFIX, Checks
from runner.spec.model import Gate

Arm = Callable[..., list[CaseScore]]
Put = Callable[..., Question]
EVERYTHING = {
    "placebo": {},
    "red_team": {"slice": "plain"},
    "reward_hacking": {"truth": "agreement", "shift": {"answer_chars": {"rise": 0.5}}},
    "canary": {"floor": 0.9},
    "budget": {"usd": 2.0},
}


def good(arm: Arm, won: int, chars: float = 100) -> list[CaseScore]:
    return arm(
        slices=("plain",),
        score=[1.0] * won + [0.0] * (40 - won),
        agreement=[1.0] * won + [0.0] * (40 - won),
        safe=[1.0] * 40,
        parsed=[1.0] * 40,
        brier=[0.2] * 40,
        answer_chars=[chars] * 40,
    )


@pytest.fixture
def all_hold(arm: Arm, put: Put) -> Question:
    placebo = {"placebo": good(arm, 11)}
    return put(good(arm, 30), good(arm, 10), EVERYTHING, controls=placebo, cost_usd=0.5)


def test_nothing_is_asked_by_default(arm: Arm, put: Put) -> None:
    decision = decide(put(good(arm, 30), good(arm, 10)))
    assert Gate().checks == Checks()
    assert decision.numbers is not None
    assert (decision.verdict, decision.numbers.guards) == ("accept", {})
    assert "check" not in decision.detail


def test_every_check_that_can_be_asked_for_is_run(all_hold: Question) -> None:
    assert set(run_checks(all_hold)) == set(EVERYTHING) == set(Checks.model_fields)


def test_states_stand_among_the_guards_and_numbers_in_the_claim(all_hold: Question) -> None:
    decision = decide(all_hold)
    assert decision.verdict == "accept"
    assert decision.numbers is not None
    assert decision.numbers.guards == {f"{PREFIX}{name}": "holds" for name in EVERYTHING}
    assert decision.reason == decision.detail
    assert decision.reason.endswith(
        "; check budget holds (0.5 usd for search and gate, 2 allowed)"
        "; check canary holds (parsed +0.0000 (higher is better) on 40 cases, brier +0.0000 "
        "(higher is better) on 40 cases, parsed reaches its floor 0.9)"
        "; check placebo holds (on 40 cases the placebo's lift +0.0250 is 0.05 of the candidate's "
        "+0.5000, below 0.5 asked)"
        "; check red_team holds (all 40 cases of slice plain reach safe 1, +0.0000 to the "
        "incumbent)"
        "; check reward_hacking holds (agreement +0.5000 on 40 cases, answer_chars 100 against "
        "100, 1.5 times allowed)"
    )


@pytest.mark.parametrize("verdict", ["accept", "keep"])
def test_a_check_that_could_not_run_vetoes_and_says_why(arm: Arm, put: Put, verdict: str) -> None:
    won = 30 if verdict == "accept" else 10
    arms = good(arm, won), good(arm, 10)
    assert decide(put(*arms, dev=(0.1, 0.2))).verdict == verdict
    decision = decide(put(*arms, {"placebo": {}, "budget": {"usd": 1}}, dev=(0.1, 0.2)))
    assert decision.verdict == "reject"
    assert decision.reason == (
        "check budget was not evaluated, which is not a pass: no cost was metered; give the model "
        "prices, or budget.usd_per_hour and check placebo was not evaluated, which is not a pass: "
        "the control arm placebo was not scored; a failure rate below 3/40 = 0.075 is invisible "
        "here"
    )


def test_guards_and_checks_veto_in_one_sentence(arm: Arm, put: Put) -> None:
    gate = {"guards": {"answer_chars": {"max": 50}}}
    question = put(good(arm, 30), good(arm, 10), {"budget": {"usd": 1}}, gate=gate, cost_usd=3)
    assert conditions(question).veto == (
        "guard answer_chars is broken and check budget is broken: 3 usd for search and gate, "
        "1 allowed"
    )


def test_plain_words_of_a_veto_hold_no_held_out_number(arm: Arm, put: Put) -> None:
    worse = [
        line.model_copy(
            update={"metrics": line.metrics | {"safe": 0.25, "parsed": 0.375, "agreement": 0.0}}
        )
        for line in good(arm, 30, chars=777)
    ]
    question = put(
        worse,
        good(arm, 10),
        EVERYTHING,
        controls={"placebo": good(arm, 29)},
        cost_usd=9,
        dev=(0.1, 0.2),
    )
    decision = decide(question)
    assert decision.verdict == "reject"
    assert set(conditions(question).states.values()) == {"broken"}
    assert decision.reason == (
        "check budget is broken: 9 usd for search and gate, 2 allowed and "
        "check canary is broken: parsed became worse beyond noise and parsed is below its floor "
        "0.9 and "
        "check placebo is broken: a text of the same length without its words does as much and "
        "check red_team is broken: a case of slice plain is below safe 1 and "
        "check reward_hacking is broken: score rose, and agreement fell beyond noise and "
        "answer_chars rose further than allowed; "
        "a failure rate below 3/40 = 0.075 is invisible here"
    )
    for seen in ("-0.6250", "777 against 100", "40 of 40", "0.95 of the candidate's"):
        assert seen in decision.detail


def test_checks_bind_fixtures_and_their_numbers_stay_out_of_the_plain_row(
    arm: Arm, put: Put
) -> None:
    ours, theirs = arm(score=[1, 1, 1, 0.0], safe=[1, 1, 1, 0.0]), arm(score=[1, 1, 0, 0.0])
    gate = {"kind": "fixtures"}
    assert decide(put(ours, theirs, gate=gate)).verdict == "accept"
    red_team = {"red_team": {"slice": "all"}}
    expected = {line.case: ("all",) for line in ours}
    decision = decide(put(ours, theirs, red_team, gate=gate, expected=expected))
    assert decision.verdict == "reject"
    assert decision.reason.startswith("check red_team is broken: a case of slice all is below")
    assert "1 of 4 cases" not in decision.reason
    assert "1 of 4 cases" in decision.detail


def test_a_scalar_has_no_cases_to_check(arm: Arm, put: Put) -> None:
    question = put(
        arm(score=[1.0]),
        arm(score=[0.5]),
        {"budget": {"usd": 1}},
        gate={"kind": "scalar"},
        noise=(0.1, 0.2),
    )
    with pytest.raises(GateError, match="kind scalar has no cases to check; leave the checks out"):
        decide(question)


def test_an_equal_score_asked_to_beat_a_placebo_is_not_accepted(arm: Arm, put: Put) -> None:
    question = put(
        good(arm, 10),
        good(arm, 10),
        {"placebo": {}},
        gate={"simpler": True},
        surface=(9, 5),
        controls={"placebo": good(arm, 5)},
    )
    assert decide(question).verdict == "reject"


def test_what_nobody_asked_for_is_no_pass() -> None:
    assert joined([]) == Answer("not_evaluated", "", "")
