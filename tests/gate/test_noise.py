import random
from collections.abc import Callable, Sequence

import pytest

from runner.core.score import CaseScore
from runner.gate.errors import GateError
from runner.gate.noise import Estimate, Noise, noise_of

Draw = Callable[[random.Random, int], float]


def runs_of(draw: Draw, *, cases: int, runs: int, reps: int = 1) -> list[list[CaseScore]]:
    rng = random.Random(7)
    return [
        [
            CaseScore(case=f"c{case}", rep=rep, metrics={"hit": draw(rng, case)})
            for case in range(cases)
            for rep in range(reps)
        ]
        for _ in range(runs)
    ]


def estimated(runs: Sequence[Sequence[CaseScore]], on_error: float = 0) -> Noise:
    return noise_of(runs, key="hit", direction="max", on_error=on_error)


def coins(rng: random.Random, case: int) -> float:
    """Three cases in ten are coins, four are passed, three failed."""
    return float(rng.random() < 0.5) if case % 10 < 3 else float(case % 10 < 7)


def graded(rng: random.Random, case: int) -> float:
    return (case % 100) / 100 + rng.gauss(0, 0.2)


@pytest.mark.parametrize("reps", [1, 2])
def test_the_noise_of_coins_is_estimated_for_one_repetition(reps: int) -> None:
    found = estimated(runs_of(coins, cases=2000, runs=2, reps=reps))
    assert found.within.value == pytest.approx(0.075, rel=0.1)  # 0.3 of variance 1/4
    assert found.within.low < 0.075 < found.within.high
    assert found.between == pytest.approx(0.1725, rel=0.1)  # means 0.5, 1 and 0 in 3, 4, 3 tenths
    assert found.mean == pytest.approx(0.55, abs=0.02)
    assert (found.n, found.runs, found.reps) == (2000, 2, reps)


def test_coins_flip_half_of_the_time() -> None:
    found = estimated(runs_of(coins, cases=2000, runs=2))
    assert found.flips.value == pytest.approx(0.15, rel=0.1)
    assert found.flips.value == 2 * found.within.value
    assert not found.graded


def test_graded_noise_and_cases_are_told_apart_and_more_runs_tell_more() -> None:
    found = estimated(runs_of(graded, cases=1000, runs=4))
    assert found.within.value == pytest.approx(0.04, rel=0.06)
    assert found.between == pytest.approx(0.0833, rel=0.1)  # of 0, 0.01, .. 0.99
    assert found.graded


def test_nothing_that_differs_is_bounded_by_the_rule_of_three() -> None:
    found = estimated(runs_of(lambda _, case: float(case % 2), cases=60, runs=2))
    assert found.deterministic
    assert (found.flips, found.within) == (Estimate(0, 0, 0.05), Estimate(0, 0, 0.05))
    assert found.drift == 1


def test_a_run_that_differs_as_a_whole_is_seen() -> None:
    first, last = runs_of(coins, cases=200, runs=2)
    ended = [line.model_copy(update={"metrics": {"hit": 0.0}}) for line in last[:60]] + last[60:]
    assert estimated([first, last]).drift > 0.05
    assert estimated([first, ended]).drift < 0.001


def test_cases_of_a_cluster_are_one_unit() -> None:
    lines = [
        [
            CaseScore(case="a", cluster="x", metrics={"hit": one}),
            CaseScore(case="b", cluster="x", metrics={"hit": 1}),
            CaseScore(case="x", metrics={"hit": 1}),
        ]
        for one in (0.0, 1.0)
    ]
    found = estimated(lines)
    assert (found.n, found.cases) == (2, 3)
    assert (found.flips.value, found.within.value) == (0.5, 0.0625)


def test_a_case_that_one_run_lacks_scores_as_broken() -> None:
    whole = [CaseScore(case=name, metrics={"hit": 1}) for name in "ab"]
    assert estimated([whole, whole[:1]]).flips.value == 0.5
    assert estimated([whole, whole[:1]], on_error=1).deterministic


@pytest.mark.parametrize(
    ("runs", "told"),
    [([[]], "not in 1"), ([[], []], "no case carries the metric hit")],
    ids=["one run", "no case"],
)
def test_what_cannot_be_compared_is_refused(runs: list[list[CaseScore]], told: str) -> None:
    with pytest.raises(GateError, match=told):
        estimated(runs)


def test_no_more_than_all_units_flip() -> None:
    runs = [
        [CaseScore(case=f"c{n}", metrics={"hit": float(n < most)}) for n in range(3)]
        for most in (0, 2)
    ]
    assert estimated(runs).flips == Estimate(
        pytest.approx(2 / 3), pytest.approx(0.0133, abs=1e-4), 1.0
    )


def test_one_unit_tells_nothing_of_what_cases_differ_by() -> None:
    runs = [[CaseScore(case="a", metrics={"hit": score})] for score in (0.25, 0.75)]
    found = estimated(runs)
    assert (found.n, found.between, found.within.value) == (1, 0.0, 0.125)
