import pytest

from runner.core.row import GateNumbers
from runner.gate.design import (
    Advice,
    Design,
    Price,
    Spread,
    advise,
    assumed,
    cases_for,
    design,
    measured,
    shown,
    table,
    visible,
)
from runner.gate.power import CHURN, cases_needed, mde, mde_graded
from runner.gate.simulate import Sight, share_seen

ALPHA = 0.05 / 3
QUIET, NOISY = Spread(change=0.2, noise=0.0), Spread(change=0.2, noise=0.05)
GRADED = Spread(change=0.01, noise=0.01, graded=True)


@pytest.mark.parametrize(
    ("cases", "reps", "spread"),
    [(200, 1, QUIET), (200, 1, NOISY), (200, 2, NOISY), (60, 1, GRADED), (60, 4, GRADED)],
    ids=["exact", "noisy", "noisy twice", "graded", "graded four times"],
)
def test_simulated_looks_see_the_smallest_visible_gain_four_times_of_five(
    cases: int, reps: int, spread: Spread
) -> None:
    gain = visible(cases, reps, spread=spread, alpha=ALPHA)
    assert gain is not None
    sight = Sight(cases=cases, reps=reps, spread=spread, gain=gain, alpha=ALPHA)
    assert share_seen(sight, looks=300, seed=1) == pytest.approx(0.8, abs=0.06)


def test_a_simulated_look_seldom_sees_a_gain_that_is_not_there() -> None:
    sight = Sight(cases=100, reps=2, spread=NOISY, gain=0.0, alpha=ALPHA)
    assert share_seen(sight, looks=500, seed=1) <= 0.03


def test_repetitions_buy_nothing_where_there_is_no_noise() -> None:
    assert visible(200, 8, spread=QUIET, alpha=ALPHA) == visible(200, 1, spread=QUIET, alpha=ALPHA)
    assert visible(200, 1, spread=QUIET, alpha=ALPHA) == mde(200, alpha=ALPHA, churn=0.2)


def test_repetitions_take_noise_out_and_nothing_else() -> None:
    seen = [visible(200, reps, spread=NOISY, alpha=ALPHA) for reps in (1, 2, 4, 8, 10**9)]
    assert seen == sorted(seen, reverse=True)  # type: ignore[type-var]  # none is None
    assert seen[-1] == pytest.approx(mde(200, alpha=ALPHA, churn=0.2), rel=0.05)


def test_a_look_is_paid_for_on_both_arms() -> None:
    assert design(200, 2, spread=QUIET, alpha=ALPHA, price=Price(0.001, 0.5)) == Design(
        200, 2, mde(200, alpha=ALPHA, churn=0.2), 0.8, 400
    )
    assert design(5, 1, spread=QUIET, alpha=ALPHA, price=Price()) == Design(5, 1, None)


def test_the_table_repeats_only_where_there_is_noise() -> None:
    assert [(row.cases, row.reps) for row in table_of(QUIET, reps=3)] == [
        (50, 3),
        (100, 3),
        (200, 3),
        (400, 3),
    ]
    assert [row.reps for row in table_of(NOISY, reps=3)][:5] == [1, 2, 3, 4, 8]


def table_of(spread: Spread, *, reps: int) -> tuple[Design, ...]:
    return table(50, reps, spread=spread, alpha=ALPHA, price=Price())


def asked(worth: float, spread: Spread, *, cases: int = 200, reps: int = 1) -> Advice:
    return advise(worth, cases, reps, spread=spread, alpha=ALPHA, price=Price(0.001))


def test_enough_is_called_enough() -> None:
    assert asked(0.1, QUIET).enough
    assert not asked(0.09, QUIET).enough
    assert not asked(0.5, QUIET, cases=5).enough


def test_without_noise_only_cases_help() -> None:
    found = asked(0.05, QUIET)
    wanted = cases_needed(0.05, alpha=ALPHA, churn=0.2)
    assert (found.by_reps, found.limit) == (None, found.here.mde)
    assert found.by_cases.cases == found.cheapest.cases == wanted


def test_repetitions_help_until_the_change_itself_is_the_spread() -> None:
    few = asked(0.102, NOISY).by_reps
    assert few is not None
    assert few.reps == 3
    assert few.mde == pytest.approx(0.1013, abs=1e-3)
    assert asked(0.09, NOISY).by_reps is None


def test_one_repetition_of_more_cases_is_never_dearer() -> None:
    found = asked(0.05, NOISY, reps=4)
    assert found.cheapest.usd is not None
    assert found.by_cases.usd is not None
    assert found.cheapest.usd < found.by_cases.usd


@pytest.mark.parametrize("spread", [QUIET, NOISY, GRADED], ids=["exact", "noisy", "graded"])
@pytest.mark.parametrize("reps", [1, 3])
def test_the_cases_asked_for_see_the_gain(spread: Spread, reps: int) -> None:
    wanted = cases_for(0.04, reps, spread=spread, alpha=ALPHA)
    seen = visible(wanted, reps, spread=spread, alpha=ALPHA)
    assert seen == pytest.approx(0.04, rel=0.03)


@pytest.mark.parametrize("spread", [QUIET, GRADED], ids=["exact", "graded"])
def test_no_number_of_cases_shows_nothing(spread: Spread) -> None:
    with pytest.raises(ValueError, match="no number of cases shows a gain of 0"):
        cases_for(0, 1, spread=spread, alpha=ALPHA)


def test_a_graded_assumption_is_the_binary_one_where_scores_are_0_and_1_alike() -> None:
    assert assumed(between=0.25, noise=0, graded=True).change == CHURN
    assert assumed(between=0.1, noise=0.02, graded=False) == Spread(CHURN, 0.02)


def test_noise_is_taken_out_of_what_looks_have_shown() -> None:
    found = measured([0.2, 0.3], noise=0.05, reps=2, graded=False)
    assert found.change == pytest.approx(0.2)
    assert found.noise == 0.05
    assert measured([0.05], noise=0.05, reps=1, graded=False).change == 0


def test_noise_widens_what_binary_looks_must_tell_apart() -> None:
    assert visible(200, 1, spread=NOISY, alpha=ALPHA) == mde(200, alpha=ALPHA, churn=0.3)
    # a gain beyond the change brings cases of its own, and noise comes on top of those
    rare = Spread(change=0.01, noise=0.05)
    alone = mde(60, alpha=ALPHA, churn=0.11)
    assert alone is not None
    assert visible(60, 1, spread=rare, alpha=ALPHA) == mde(60, alpha=ALPHA, churn=alone + 0.1)


def row(**changes: object) -> GateNumbers:
    numbers = {"n": 50, "wins": 8, "losses": 3, "d": 0.1, "interval": None, "p": 0.1}
    rest = {"alpha": ALPHA, "looks": 1, "mde": 0.2, "guards": {}}
    return GateNumbers.model_validate(numbers | rest | changes)


def test_what_a_row_shows_of_binary_scores_is_its_churn() -> None:
    assert shown(row()) == Spread(change=0.22, noise=0.0)
    assert shown(row(d=0.123, mde=None)) == Spread(change=0.22, noise=0.0)


def test_what_a_row_shows_of_graded_scores_is_the_spread_that_its_mde_was_reckoned_from() -> None:
    seen = mde_graded(50, alpha=ALPHA, spread=0.3)
    found = shown(row(d=0.123, mde=seen))
    assert found == Spread(change=pytest.approx(0.09), noise=0.0, graded=True)


def test_repetitions_of_what_has_no_noise_ask_for_no_more_cases() -> None:
    wanted = cases_needed(0.05, alpha=ALPHA, churn=0.2)
    assert [cases_for(0.05, reps, spread=QUIET, alpha=ALPHA) for reps in (1, 4)] == [wanted] * 2
    assert cases_for(0.05, 1, spread=NOISY, alpha=ALPHA) == cases_needed(
        0.05, alpha=ALPHA, churn=0.3
    )
