import pytest

from runner.report.number import change, duration, interval, plural, probability, score, span, usd


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), (0.0, "0.000"), (1.0, "1.000"), (0.7206, "0.721"), (1234.5678, "1234.6"),
     (0.0001, "1.0e-04"), (-0.5, "-0.500"), (99.9, "99.900")],
)  # fmt: skip
def test_scores_stay_fractions(value: float, shown: str) -> None:
    assert score(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "-"), (0.06, "+0.060"), (-0.06, "-0.060"), (0.0, "+0.000")]
)
def test_changes_carry_their_sign(value: float, shown: str) -> None:
    assert change(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "60 min"), (7800, "2 h 10 min")],
)
def test_durations_use_the_units_that_fit(value: float, shown: str) -> None:
    assert duration(value) == shown


def test_intervals_of_differences_are_signed_and_of_scores_are_not() -> None:
    assert interval((-0.01, 0.05)) == "-0.010 to +0.050"
    assert span((0.1, 0.2)) == "0.100 to 0.200"
    assert (interval(None), span(None)) == ("-", "-")


def test_small_numbers_keep_two_digits_and_dollars_two_decimals() -> None:
    assert probability(0.000213) == "0.00021"
    assert probability(0.0) == probability(1e-20) == "<= 1e-20"
    assert usd(1.2) == "1.20 USD"
    assert (plural(1, "row"), plural(2, "row")) == ("1 row", "2 rows")
