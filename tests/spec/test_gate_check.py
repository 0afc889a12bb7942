"""`gate.checks`: what may be written, and that a spec without it is what it was."""

import pytest

from runner.core.problem import MalformedError
from runner.ledger.reset import changed, reset_digest
from runner.spec.gate_check import (
    PREFIX,
    BudgetCheck,
    CanaryCheck,
    Checks,
    PlaceboCheck,
    RedTeamCheck,
    RewardHackingCheck,
    Shift,
)
from runner.spec.load import read_spec
from runner.spec.model import Spec

BODY = "version: 1\nloop: a\nmake: {command: [x]}\ncheck: {command: [y]}\n"
GATE = "gate: {primary: score, min_delta: 0.01, guards: {keep@dense: {max: 0.7}}, simpler: false}\n"
# of BODY + GATE, by the version before there were checks
BEFORE = (
    "37517e5f3dc66819-da5b8e76c6f0283f-38e0b9de817f645c-38e0b9de817f645c-"
    "4f2e311fda4ff64e-641c3c71ef7d94d4"
)


def spec(text: str) -> Spec:
    return read_spec(text.encode(), path="loops/a.yaml", kinds={}).spec


def checks(text: str) -> Checks:
    return spec(f"{BODY}gate: {{checks: {text}}}\n").gate.checks


def test_nothing_is_asked_by_default() -> None:
    assert spec(BODY).gate.checks == Checks()
    assert checks("{}") == Checks()


def test_rows_list_a_check_by_a_name_that_no_metric_has() -> None:
    assert PREFIX == "check:"
    with pytest.raises(MalformedError):
        spec(f"{BODY}gate: {{guards: {{'{PREFIX}placebo': {{max: 1}}}}}}\n")


def test_each_check_has_defaults_but_the_budget() -> None:
    assert checks(
        "{placebo: {}, red_team: {}, reward_hacking: {}, canary: {}, budget: {usd: 2.0}}"
    ) == Checks(
        placebo=PlaceboCheck(share=0.5),
        red_team=RedTeamCheck(slice="redteam", metric="safe", min=1.0),
        reward_hacking=RewardHackingCheck(truth=None, shift={}),
        canary=CanaryCheck(fallback="parsed", floor=None, calibration="brier"),
        budget=BudgetCheck(usd=2.0),
    )


def test_each_parameter_is_read() -> None:
    assert checks(
        "{placebo: {share: 0.25}, red_team: {slice: attack, metric: clean, min: 0.9}, "
        "reward_hacking: {truth: agreement@dense, shift: {answer_chars: {rise: 0.5, fall: 0.2}}}, "
        "canary: {fallback: ok, floor: 0.95, calibration: null}, budget: {usd: 3}}"
    ) == Checks(
        placebo=PlaceboCheck(share=0.25),
        red_team=RedTeamCheck(slice="attack", metric="clean", min=0.9),
        reward_hacking=RewardHackingCheck(
            truth="agreement@dense", shift={"answer_chars": Shift(rise=0.5, fall=0.2)}
        ),
        canary=CanaryCheck(fallback="ok", floor=0.95, calibration=None),
        budget=BudgetCheck(usd=3),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{placebo: {share: 0}}", "gate.checks.placebo.share: expected a number > 0, got 0"),
        ("{placebo: {share: 50}}", "gate.checks.placebo.share: expected a number <= 1, got 50"),
        ("{placebo: 0.5}", "gate.checks.placebo: expected a mapping, got 0.5"),
        ("{budget: {}}", "gate.checks.budget.usd: missing"),
        ("{budget: {usd: 0}}", "gate.checks.budget.usd: expected a number > 0, got 0"),
        ("{red_tean: {}}", 'gate.checks.red_tean: unknown key; did you mean "red_team"?'),
        (
            "{reward_hacking: {shift: {answer_chars: {fall: 1}}}}",
            "gate.checks.reward_hacking.shift.answer_chars.fall: expected a number < 1, got 1",
        ),
        (
            "{canary: {fallback: Parsed}}",
            (
                "gate.checks.canary.fallback: expected `metric` or `metric@slice`, in lower case, "
                'got "Parsed"'
            ),
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, expected: str) -> None:
    with pytest.raises(MalformedError) as error:
        checks(text)
    assert str(error.value) == f"loops/a.yaml:5: {expected}"


def test_a_spec_without_checks_has_the_digest_that_it_had() -> None:
    assert reset_digest(spec(BODY + GATE), "e") == BEFORE
    empty = GATE.replace("simpler: false", "checks: {}")
    assert reset_digest(spec(BODY + empty), "e") == BEFORE


def test_another_check_is_something_new() -> None:
    asked = GATE.replace("simpler: false", "checks: {placebo: {}}")
    after = reset_digest(spec(BODY + asked), "e")
    assert changed(BEFORE, after) == ("gate",)
    same = GATE.replace("simpler: false", "checks: {placebo: {share: 0.5}}")
    assert reset_digest(spec(BODY + same), "e") == after
