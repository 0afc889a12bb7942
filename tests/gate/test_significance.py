import itertools
import math
import random
import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from runner.core.row import SMALLEST_P
from runner.core.score import CaseScore
from runner.gate import significance
from runner.gate.pair import pair
from runner.gate.significance import Evidence, binomial, evidence, sign_flip


@pytest.mark.parametrize(
    ("wins", "losses"), [(30, 10), (10, 30), (1, 0), (0, 1), (7, 7), (300, 260), (900, 800)]
)
def test_the_binomial_agrees_with_scipy(wins: int, losses: int) -> None:
    oracle = stats.binomtest(wins, wins + losses, 0.5, alternative="greater").pvalue
    assert binomial(wins, losses) == pytest.approx(oracle, rel=1e-9)


def test_thirty_wins_to_ten_losses_is_the_documents_p() -> None:
    assert binomial(30, 10) == pytest.approx(0.0011107, abs=1e-7)


def test_identical_arms_are_never_a_gain() -> None:
    assert binomial(0, 0) == 1.0
    assert sign_flip([0] * 50) == significance.Evidence(gain=1.0, loss=1.0)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=9))
def test_sign_flips_agree_with_counting_every_pattern(units: list[int]) -> None:
    sums = [
        sum(sign * unit for sign, unit in zip(signs, units, strict=True))
        for signs in itertools.product((1, -1), repeat=len(units))
    ]
    found = sign_flip(units)
    assert found.gain == pytest.approx(sum(s >= sum(units) for s in sums) / len(sums), abs=1e-12)
    assert found.loss == pytest.approx(sum(s <= sum(units) for s in sums) / len(sums), abs=1e-12)


def test_sign_flips_agree_with_scipy_on_graded_scores() -> None:
    rng = random.Random(3)
    units = [round(1000 * rng.gauss(0.1, 0.3)) for _ in range(12)]
    oracle = stats.permutation_test(
        (units,),
        lambda x, axis: x.sum(axis=axis),
        permutation_type="samples",
        n_resamples=math.inf,
        alternative="greater",
        vectorized=True,
    )
    assert sign_flip(units).gain == pytest.approx(oracle.pvalue, rel=1e-9)


def test_on_differences_of_one_size_the_sign_flip_is_the_binomial() -> None:
    assert sign_flip([1000] * 30 + [-1000] * 10 + [0] * 160).gain == binomial(30, 10)


@given(st.lists(st.integers(-50, 50), max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_order_changes_nothing_and_swapping_the_arms_mirrors(
    units: list[int], rng: random.Random
) -> None:
    found = sign_flip(units)
    shuffled = list(units)
    rng.shuffle(shuffled)
    mirrored = sign_flip([-unit for unit in units])
    assert sign_flip(shuffled) == found
    assert (mirrored.gain, mirrored.loss) == pytest.approx((found.loss, found.gain), abs=1e-15)


@pytest.mark.parametrize("count", [256, 257, 400])
def test_beyond_exact_counting_96_bits_of_probability_lose_nothing(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(count)
    units = [rng.randint(-3, 4) for _ in range(count)]
    found = sign_flip(units)
    monkeypatch.setattr(significance, "EXACT", 1000)
    exact = sign_flip(units)
    assert found.gain == pytest.approx(exact.gain, rel=1e-12)
    assert found.loss == pytest.approx(exact.loss, rel=1e-12)


def test_too_much_work_coarsens_the_grid_and_barely_moves_p(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = random.Random(5)
    units = [round(1000 * rng.gauss(0.03, 0.2)) for _ in range(150)]
    exact = sign_flip(units)
    monkeypatch.setattr(significance, "WORK", significance.WORK / 400)
    coarse = sign_flip(units)
    assert coarse != exact
    assert coarse.gain == pytest.approx(exact.gain, rel=0.1)
    assert coarse == sign_flip(units[::-1])


@pytest.mark.skipif(sys.gettrace() is not None, reason="a coverage tracer slows the clock")
@pytest.mark.parametrize("count", [200, 2000])
def test_a_graded_look_takes_at_most_300_ms_of_cpu(count: int) -> None:
    rng = random.Random(7)
    units = [rng.randint(-1000, 1000) for _ in range(count)]
    took = []
    for _ in range(3):
        start = time.process_time()
        sign_flip(units)
        took.append(time.process_time() - start)
    assert min(took) <= 0.3


def test_a_score_that_is_not_a_number_gives_no_p(
    lines: Callable[..., tuple[CaseScore, ...]],
) -> None:
    broken = lines([1.0, 1.0])[0].model_copy(update={"metrics": {"score": math.nan}})
    found = evidence(
        pair((broken,), lines([0]), key="score", direction="max", on_error=0, expected={})
    )
    assert math.isnan(found.gain)
    assert math.isnan(found.loss)


def test_clusters_of_binary_cases_are_flipped_whole() -> None:

    def arm(score: float) -> list[CaseScore]:
        return [
            CaseScore(case=f"{c}{i}", metrics={"score": score}, cluster=c)
            for c in "abc"
            for i in "12"
        ]

    found = pair(arm(1), arm(0), key="score", direction="max", on_error=0, expected={})
    assert evidence(found).gain == 2**-3


def test_no_p_value_of_many_differences_reads_as_impossible() -> None:
    assert sign_flip([1] * 350 + [2] * 100).gain == SMALLEST_P
    assert binomial(2000, 0) == SMALLEST_P
    assert sign_flip([1] * 200).gain == 2.0**-200


def test_graded_differences_are_weighed_by_their_size(
    lines: Callable[..., tuple[CaseScore, ...]],
) -> None:
    ours, theirs = lines([0.9, 0.4, 0.4]), lines([0.1, 0.5, 0.5])
    found = pair(ours, theirs, key="score", direction="max", on_error=0, expected={})
    assert (found.wins, found.losses) == (1, 2)
    # of 8 patterns of signs the 4 with +0.8 reach 0.6, and one of them no more than that
    assert evidence(found) == Evidence(gain=0.5, loss=0.625)
