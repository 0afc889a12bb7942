"""A candidate that scores as the incumbent does gains nothing, whatever the gate is asked."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from runner.core.score import CaseScore
from runner.gate.decide import decide
from runner.gate.question import Question

Ask = Callable[..., Question]
Lines = Callable[..., tuple[CaseScore, ...]]
KINDS: dict[str, dict[str, Any]] = {
    "paired": {"gate": {"kind": "paired", "min_delta": 0.01}},
    "fixtures": {"gate": {"kind": "fixtures"}},
    "scalar": {"gate": {"kind": "scalar", "min_delta": 0.01}, "noise": (0.5, 0.6, 0.7)},
}
SHORTER, AS_LONG, LONGER = (90, 60), (90, 90), (60, 90)


def question(
    ask: Ask, kind: str, arm: tuple[CaseScore, ...], *, simpler: bool = False, **fields: object
) -> Question:
    base = KINDS[kind]
    gate = {**base["gate"], "simpler": simpler}
    return ask(arm, arm, **{**base, "gate": gate, **fields})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "values",
    [[1.0] * 8, [0.0] * 8, [1.0, 0.0] * 4, [0.25, 0.5, 0.75, 1.0] * 2],
    ids=["all right", "all wrong", "half right", "graded"],
)
@pytest.mark.parametrize("surface", [None, SHORTER, AS_LONG, LONGER])
def test_the_same_scores_are_never_a_gain(
    ask: Ask, lines: Lines, kind: str, values: list[float], surface: tuple[int, int] | None
) -> None:
    found = decide(question(ask, kind, lines(values), surface=surface, alpha=1.0))
    assert found.verdict == "reject"


@pytest.mark.parametrize("kind", ["paired", "scalar"])
def test_the_same_scores_ahead_on_dev_are_kept_and_nothing_is_claimed(
    ask: Ask, lines: Lines, kind: str
) -> None:
    found = decide(question(ask, kind, lines([1.0, 0.0] * 4), dev=(0.5, 0.6)))
    assert (found.verdict, found.look.spent) == ("keep", True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("surface", "verdict"),
    [(SHORTER, "accept"), (AS_LONG, "reject"), (LONGER, "reject"), (None, "reject")],
    ids=["shorter", "as long", "longer", "no surface"],
)
def test_only_a_shorter_surface_makes_an_equal_score_an_accept(
    ask: Ask, lines: Lines, kind: str, surface: tuple[int, int] | None, verdict: str
) -> None:
    asked = question(ask, kind, lines([1.0, 0.0] * 4), simpler=True, surface=surface)
    found = decide(asked)
    assert found.verdict == verdict
    assert verdict == "reject" or "shorter surface" in found.reason


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("dev", "verdict"),
    [((0.5, 0.5), "accept"), ((0.5, 0.6), "accept"), ((0.5, 0.4), "reject")],
    ids=["level on dev", "ahead on dev", "behind on dev"],
)
def test_a_shorter_surface_that_is_behind_on_dev_is_no_simplification(
    ask: Ask, lines: Lines, kind: str, dev: tuple[float, float], verdict: str
) -> None:
    asked = question(ask, kind, lines([1.0, 0.0] * 4), simpler=True, surface=SHORTER, dev=dev)
    assert decide(asked).verdict == verdict


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dev", [None, (0.5, 0.6)], ids=["no dev", "ahead on dev"])
def test_arms_that_broke_on_every_case_are_no_equal_score(
    ask: Ask, lines: Lines, kind: str, dev: tuple[float, float] | None
) -> None:
    broken = lines([1.0] * 8, failed=True)
    found = decide(question(ask, kind, broken, simpler=True, surface=SHORTER, dev=dev))
    assert found.verdict == "reject"
    assert found.reason.startswith("the candidate broke on every case, so nothing was measured")


@pytest.mark.parametrize("kind", KINDS)
def test_scores_that_are_not_numbers_are_no_equal_score(ask: Ask, lines: Lines, kind: str) -> None:
    arm = tuple(
        line.model_copy(update={"metrics": {"score": math.nan}}) for line in lines([1.0] * 8)
    )
    found = decide(question(ask, kind, arm, simpler=True, surface=SHORTER, dev=(0.5, 0.6)))
    assert found.verdict == "reject"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("expected", [{}, {"c0000": (), "c0001": ()}], ids=["unknown", "known"])
def test_empty_arms_are_an_error_and_spend_no_look(
    ask: Ask, kind: str, expected: dict[str, tuple[str, ...]]
) -> None:
    found = decide(question(ask, kind, (), simpler=True, surface=SHORTER, expected=expected))
    assert (found.verdict, found.look.spent) == ("error", False)


@pytest.mark.parametrize("kind", KINDS)
def test_arms_that_never_name_the_primary_are_an_error(ask: Ask, lines: Lines, kind: str) -> None:
    arm = lines([1.0] * 8, metric="loss")
    assert decide(question(ask, kind, arm, simpler=True, surface=SHORTER)).verdict == "error"


def test_fixtures_that_pass_as_before_but_score_less_are_not_equal(ask: Ask) -> None:
    gate = {"kind": "fixtures", "simpler": True}
    theirs = [1.0, 1.0, 0.9, 0.0]
    assert decide(ask(theirs, theirs, gate=gate, surface=SHORTER)).verdict == "accept"
    worse = ask([1.0, 1.0, 0.6, 0.0], theirs, gate=gate, surface=SHORTER)
    assert decide(worse).verdict == "reject"
