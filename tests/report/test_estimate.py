import math

import pytest

from runner.report.error import ReportError
from runner.report.estimate import Estimate, Scored, apart, difference, estimate


def cases(*numbers: float, per_cluster: int = 1) -> list[Scored]:
    return [Scored(f"c{n}", f"k{n // per_cluster}", each) for n, each in enumerate(numbers)]


def test_a_mean_of_two_cases_spans_both() -> None:
    # (0, 0), (0, 1), (1, 0) and (1, 1) are drawn equally often: each tail holds a quarter.
    found = estimate(cases(0, 1))
    assert found == Estimate(mean=0.5, interval=(0, 1), cases=2, clusters=2)


def test_the_interval_is_near_the_binomial_one() -> None:
    # Of 100 resampled cases with share 0.3 the count is binomial: 2.5 % quantiles are 21 and 39.
    low, high = estimate(cases(*[1] * 30, *[0] * 70)).interval or (0, 0)
    assert math.isclose(low, 0.21, abs_tol=0.011)
    assert math.isclose(high, 0.39, abs_tol=0.011)


def test_cases_of_one_cluster_are_drawn_together() -> None:
    # Two clusters of 1, 1, 1 and 0: drawn twice, the first gives 1, the second 0.
    scored = [*[Scored(f"a{n}", "a", 1) for n in range(3)], Scored("b", "b", 0)]
    assert estimate(scored) == Estimate(mean=0.75, interval=(0, 1), cases=4, clusters=2)


def test_clustered_cases_say_less_than_separate_ones() -> None:
    numbers = [1.0, 1.0, 0.0, 0.0] * 10
    apart_, together = estimate(cases(*numbers)), estimate(cases(*numbers, per_cluster=2))
    assert apart_.mean == together.mean == 0.5
    narrow, wide = (each.interval or (0, 0) for each in (apart_, together))
    assert wide[1] - wide[0] > narrow[1] - narrow[0]


def test_repetitions_of_a_case_are_one_case() -> None:
    scored = [Scored("a", "a", 0), Scored("a", "a", 1), Scored("b", "b", 1)]
    assert estimate(scored) == Estimate(mean=0.75, interval=(0.5, 1), cases=2, clusters=2)


def test_what_does_not_vary_has_no_interval() -> None:
    assert estimate(cases(0.4, 0.4)).interval is None
    assert estimate(cases(0.4)) == Estimate(mean=0.4, interval=None, cases=1, clusters=1)


def test_one_seed_gives_one_interval() -> None:
    scored = cases(*(n / 7 % 1 for n in range(20)))
    assert estimate(scored, seed=1) == estimate(scored, seed=1)
    assert estimate(scored, seed=1) != estimate(scored, seed=2)


def test_a_difference_is_taken_case_by_case() -> None:
    found = difference(cases(0.5, 0.9, 0.2), cases(0.4, 0.8, 0.1))
    assert math.isclose(found.mean, 0.1)
    assert (found.interval, found.cases) == (None, 3)


def test_a_difference_is_over_the_cases_of_both_arms() -> None:
    found = difference(cases(1, 1), [*cases(0), Scored("other", "o", 0)])
    assert found == Estimate(mean=1, interval=None, cases=1, clusters=1)


def test_arms_without_a_common_case_are_refused() -> None:
    with pytest.raises(ReportError, match=r"^the two arms share no case; compare arms of one"):
        difference(cases(1), [Scored("other", "o", 0)])


def test_nothing_has_no_mean() -> None:
    with pytest.raises(ReportError, match=r"^no case is scored; a mean needs at least one$"):
        estimate([])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param((0.1, 0.2), (0.3, 0.4), True, id="below"),
        pytest.param((0.3, 0.4), (0.1, 0.2), True, id="above"),
        pytest.param((0.1, 0.3), (0.3, 0.4), False, id="touching"),
        pytest.param((0.1, 0.5), (0.2, 0.3), False, id="around"),
        pytest.param(None, (0.2, 0.3), False, id="unknown"),
        pytest.param((0.2, 0.3), None, False, id="other-unknown"),
    ],
)
def test_intervals_are_apart_when_they_share_no_point(
    one: tuple[float, float] | None,
    other: tuple[float, float] | None,
    expected: bool,  # noqa: FBT001 - an expected value
) -> None:
    made = [Estimate(mean=0.25, interval=each, cases=9, clusters=9) for each in (one, other)]
    assert apart(*made) is expected
