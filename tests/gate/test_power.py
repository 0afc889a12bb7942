import itertools

import pytest
from scipy import stats

from runner.gate.power import (
    cases_needed,
    mde,
    mde_graded,
    net_wins_needed,
    power,
    reps_needed,
    wins_needed,
)
from runner.gate.significance import binomial

ALPHA = 0.05 / 3


@pytest.mark.parametrize("differing", [0, 1, 5, 6, 40, 999, 1000, 1500])
def test_wins_needed_is_the_edge_of_the_binomial_test(differing: int) -> None:
    wins = wins_needed(differing, ALPHA)
    if wins <= differing:
        assert binomial(wins, differing - wins) <= ALPHA
    assert wins == 0 or binomial(wins - 1, differing - wins + 1) > ALPHA


def test_net_wins_for_two_hundred_cases_at_patience_three() -> None:
    assert wins_needed(40, ALPHA) == 28
    assert net_wins_needed(200, ALPHA) == 16
    assert net_wins_needed(20, ALPHA) == 6
    assert net_wins_needed(5, ALPHA) is None


def test_power_agrees_with_a_sum_over_scipys_binomials() -> None:
    n, gain, churn = 60, 0.15, 0.25
    share = (churn + gain) / 2 / churn
    oracle = sum(
        stats.binom.pmf(m, n, churn) * stats.binom.sf(wins_needed(m, ALPHA) - 1, m, share)
        for m in range(n + 1)
    )
    assert power(n, gain=gain, alpha=ALPHA, churn=churn) == pytest.approx(oracle, abs=1e-4)


def test_the_smallest_visible_gain_has_eighty_percent_power() -> None:
    seen = mde(200, alpha=ALPHA)
    assert seen == pytest.approx(0.098, abs=0.005)
    assert power(200, gain=seen, alpha=ALPHA) == pytest.approx(0.8, abs=0.01)


def test_more_cases_see_smaller_gains_on_both_sides_of_the_approximation() -> None:
    seen = [mde(n, alpha=ALPHA) for n in (20, 50, 200, 500, 501, 2000)]
    assert all(later <= earlier for earlier, later in itertools.pairwise(seen))
    assert seen[4] == pytest.approx(seen[3], rel=0.06)


def test_without_any_churn_only_a_gain_that_brings_its_own_is_seen() -> None:
    assert mde(200, alpha=ALPHA, churn=0) == pytest.approx(0.04, abs=0.01)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_too_few_cases_see_nothing(n: int) -> None:
    assert mde(n, alpha=ALPHA) is None
    assert mde_graded(n, alpha=ALPHA, spread=0.1) is None


def test_a_graded_gain_is_seen_at_three_standard_errors() -> None:
    assert mde_graded(200, alpha=ALPHA, spread=0.2) == pytest.approx(
        (stats.norm.isf(ALPHA) + stats.norm.ppf(0.8)) * 0.2 / 200**0.5
    )
    assert mde_graded(200, alpha=ALPHA, spread=0) is None


@pytest.mark.parametrize("gain", [0.03, 0.05, 0.1, 0.3])
def test_the_cases_asked_for_see_the_gain_wanted(gain: float) -> None:
    cases = cases_needed(gain, alpha=ALPHA)
    assert 0.78 <= power(cases, gain=gain, alpha=ALPHA) <= 0.95


@pytest.mark.parametrize("gain", [0, -0.1, 1.1])
def test_no_number_of_cases_shows_an_impossible_gain(gain: float) -> None:
    with pytest.raises(ValueError, match="no number of cases"):
        cases_needed(gain, alpha=ALPHA)


def test_repetitions_stand_in_for_cases_in_proportion() -> None:
    assert reps_needed(1, cases=50, wanted=180) == 4
    assert reps_needed(2, cases=50, wanted=20) == 2


def test_without_churn_or_gain_there_is_nothing_to_see() -> None:
    assert power(200, gain=0, alpha=ALPHA, churn=0) == 0
