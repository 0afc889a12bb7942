from collections.abc import Callable

import pytest

from runner.core.row import Look
from runner.core.score import CaseScore
from runner.gate.decide import decide
from runner.gate.errors import GateError
from runner.gate.question import Question


def reps(votes: dict[str, list[float]]) -> list[CaseScore]:
    return [
        CaseScore(case=case, rep=rep, metrics={"score": vote})
        for case, row in votes.items()
        for rep, vote in enumerate(row)
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        pytest.param([1, 1, 0], [1, 0, 0], "accept", id="one new pass"),
        pytest.param([1, 0, 0], [1, 0, 0], "reject", id="nothing new"),
        pytest.param([1, 1, 1, 0], [0, 0, 0, 1], "reject", id="one regression outweighs three"),
        pytest.param([0, 0, 0], [1, 0, 0], "reject", id="a regression"),
    ],
)
def test_fixtures_accept_a_new_pass_without_a_regression(
    ask: Callable[..., Question], ours: list[float], theirs: list[float], verdict: str
) -> None:
    assert decide(ask(ours, theirs, gate={"kind": "fixtures"})).verdict == verdict


def test_the_reason_claims_no_generalisation(ask: Callable[..., Question]) -> None:
    decision = decide(ask([1, 1, 0], [1, 0, 0], gate={"kind": "fixtures"}, looks=2))
    assert decision.reason == (
        "no regression and 1 new (2 of 3 fixtures pass, 1 before); the fixtures are visible, so "
        "this claims no generalisation"
    )
    assert decision.look == Look(spent=False)
    assert decision.numbers is not None
    assert (decision.numbers.alpha, decision.numbers.looks) == (1.0, 2)
    assert decision.numbers.interval is None


@pytest.mark.parametrize(
    ("votes", "verdict"),
    [([1, 1, 0], "accept"), ([1, 0, 0], "reject")],
    ids=["two of three", "one of three"],
)
def test_the_majority_of_the_repetitions_decides(
    ask: Callable[..., Question], votes: list[float], verdict: str
) -> None:
    rest: dict[str, list[float]] = {"b": [0, 0, 0], "c": [1, 1, 1]}
    question = ask(
        reps({"a": votes} | rest), reps({"a": [0, 0, 1]} | rest), gate={"kind": "fixtures"}
    )
    assert decide(question).verdict == verdict


def test_half_of_the_repetitions_are_no_majority(ask: Callable[..., Question]) -> None:
    rest: dict[str, list[float]] = {"b": [1, 1], "c": [1, 1]}
    question = ask(
        reps({"a": [1, 0]} | rest), reps({"a": [0, 0]} | rest), gate={"kind": "fixtures"}
    )
    assert decide(question).verdict == "reject"


@pytest.mark.parametrize("count", [2, 21])
def test_too_few_or_too_many_fixtures_are_refused(ask: Callable[..., Question], count: int) -> None:
    with pytest.raises(GateError, match=f"takes 3 to 20 cases, found {count}"):
        decide(ask([1] * count, [0] * count, gate={"kind": "fixtures"}))


def test_a_missing_fixture_is_an_infrastructure_error(
    ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    assert decide(ask(lines([1] * 3), lines([1] * 4), gate={"kind": "fixtures"})).verdict == "error"


def test_a_broken_fixture_fails_even_where_less_is_better(
    ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    ours = lines([0, 0, 0], metric="loss")
    broken = (ours[0].model_copy(update={"failed": True}), *ours[1:])
    question = ask(broken, ours, gate={"kind": "fixtures", "primary": "loss"})
    assert decide(question).verdict == "reject"


def test_guards_bind_fixtures_too(ask: Callable[..., Question]) -> None:
    gate = {"kind": "fixtures", "guards": {"keep_rate": {"max": 1}}}
    assert decide(ask([1, 1, 0], [1, 0, 0], gate=gate)).verdict == "reject"


def test_the_same_passes_with_a_shorter_surface_are_accepted_on_request(
    ask: Callable[..., Question],
) -> None:
    gate = {"kind": "fixtures", "simpler": True}
    assert decide(ask([1, 1, 0], [1, 1, 0], gate=gate, surface=(80, 60))).verdict == "accept"
    assert decide(ask([1, 1, 0], [1, 1, 0], gate=gate, surface=(60, 80))).verdict == "reject"


def test_a_first_incumbent_without_lines_passes_nothing(ask: Callable[..., Question]) -> None:
    question = ask([1, 1, 0], [], gate={"kind": "fixtures"}, evals={"max_infra_fail": 1})
    assert decide(question).reason == (
        "no regression and 2 new (2 of 3 fixtures pass, 0 before); the fixtures are visible, so "
        "this claims no generalisation"
    )


def test_nothing_new_is_told_in_words(ask: Callable[..., Question]) -> None:
    assert decide(ask([1, 0, 0], [1, 0, 0], gate={"kind": "fixtures"})).reason == (
        "no fixture passes that did not pass before (1 of 3 fixtures pass, 1 before); the fixtures "
        "are visible, so this claims no generalisation"
    )


def test_an_accept_says_what_its_checks_saw_and_a_reject_does_not(
    ask: Callable[..., Question],
) -> None:
    gate = {"kind": "fixtures", "checks": {"budget": {"usd": 2}}}
    won = decide(ask([1, 1, 0], [1, 0, 0], gate=gate, cost_usd=1))
    lost = decide(ask([1, 0, 0], [1, 0, 0], gate=gate, cost_usd=1))
    assert won.reason == won.detail
    assert "; check budget holds (" in won.reason
    assert "; check budget holds (" in lost.detail
    assert lost.reason == lost.detail.partition("; check budget")[0]
