import math
import random
import sys
import time

import numpy as np
import pytest
from scipy import stats

from runner.gate import interval
from runner.gate.interval import bca


def oracle(values: list[float]) -> tuple[float, float]:
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    return float(found.low), float(found.high)


SAMPLES = {
    "binary differences": [1.0] * 30 + [-1.0] * 10 + [0.0] * 160,
    "rare losses": [0.0] * 95 + [-1.0] * 5,
    "a score": [1.0] * 70 + [0.0] * 30,
    "thirds": [0.0] * 20 + [1 / 3] * 15 + [2 / 3] * 10 + [1.0] * 5,
    "steps of a tenth": [round(x / 10, 1) for x in range(-4, 8)] * 4,
    "skewed": [math.exp(x / 20) for x in range(60)],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_interval_agrees_with_scipys(name: str) -> None:
    values = SAMPLES[name]
    found = bca(values, cases=len(values), seed=1)
    assert found is not None
    width = found[1] - found[0]
    assert found == pytest.approx(oracle(values), abs=0.08 * width)


def test_few_values_need_no_seed_and_no_order() -> None:
    values = SAMPLES["binary differences"]
    assert bca(values, cases=200, seed=1) == bca(values[::-1], cases=200, seed=2) == (0.04, 0.16)


def test_all_sums_of_a_small_sample_are_counted_exactly() -> None:
    sums, counts = interval._all_sums([0, 0, 1, 3])
    brute = [0] * len(sums)
    for a in (0, 0, 1, 3):
        for b in (0, 0, 1, 3):
            for c in (0, 0, 1, 3):
                for d in (0, 0, 1, 3):
                    brute[a + b + c + d] += 1
    assert counts == brute


def test_many_values_are_resampled_alike_from_one_seed_in_any_order() -> None:
    rng = random.Random(1)
    values = [rng.gauss(0, 1) for _ in range(80)]
    found = bca(values, cases=80, seed=5)
    assert found == bca(values[::-1], cases=80, seed=5)
    assert found != bca(values, cases=80, seed=6)


@pytest.mark.parametrize("values", [[], [1.0], [0.0] * 9, [0.3] * 9], ids=str)
def test_values_that_do_not_vary_have_no_interval(values: list[float]) -> None:
    assert bca(values, cases=max(1, len(values)), seed=1) is None


def test_clusters_divide_by_the_cases_behind_them() -> None:
    single = bca([0.0, 1.0, 2.0] * 5, cases=15, seed=1)
    double = bca([0.0, 1.0, 2.0] * 5, cases=30, seed=1)
    assert single is not None
    assert double == (single[0] / 2, single[1] / 2)


@pytest.mark.skipif(sys.gettrace() is not None, reason="a coverage tracer slows the clock")
def test_a_graded_interval_takes_little_of_a_core() -> None:
    rng = random.Random(2)
    values = [rng.gauss(0.05, 0.2) for _ in range(200)]
    took = []
    for _ in range(5):
        start = time.process_time()
        bca(values, cases=200, seed=1)
        took.append(time.process_time() - start)
    assert min(took) <= 0.16  # 0.03 on a quiet core; other work on the machine slows its caches


def test_one_value_that_differs_is_a_spread_on_either_side() -> None:
    low, high = (bca([*[0.0] * 9, odd], cases=10, seed=1) for odd in (-1.0, 1.0))
    assert high == (0.0, 0.5)
    assert low == (-0.5, 0.0)
