import pytest

from runner.compression.calibration import Bin, expected_error, reliability, worth
from runner.compression.case import CaseLine, cut


def test_bins_hold_counts_means_and_shares() -> None:
    assert reliability([0.1, 0.3, 0.5, 1.0], [False, True, True, True], bins=2) == (
        Bin(low=0.0, high=0.5, count=2, score=0.2, truth=0.5),
        Bin(low=0.5, high=1.0, count=2, score=0.75, truth=1.0),
    )


@pytest.mark.parametrize(
    ("score", "place"),
    [
        pytest.param(0.0, 0, id="zero"),
        pytest.param(0.0999, 0, id="below an edge"),
        pytest.param(0.5, 5, id="on an edge"),
        pytest.param(1.0, 9, id="one is in the last bin"),
        pytest.param(float("nan"), 0, id="NaN counts as 0"),
    ],
)
def test_a_score_falls_into_its_bin(score: float, place: int) -> None:
    counts = [each.count for each in reliability([score], [True])]
    assert counts == [int(index == place) for index in range(10)]


@pytest.mark.parametrize(
    ("scores", "truth", "expected"),
    [
        pytest.param([0.0, 1.0], [False, True], 0.0, id="sure and right"),
        pytest.param([0.0, 1.0], [True, False], 1.0, id="sure and wrong"),
        pytest.param([0.75] * 4, [True, True, True, False], 0.0, id="as often as it says"),
        pytest.param([0.75, 0.75, 0.25, 0.25], [True] * 4, 0.5, id="bins weigh by their units"),
        pytest.param([float("nan")], [True], 1.0, id="NaN never helps"),
        pytest.param([], [], 0.0, id="no unit"),
    ],
)
def test_the_expected_error_is_the_gap_between_score_and_share(
    scores: list[float], truth: list[bool], expected: float
) -> None:
    assert expected_error(reliability(scores, truth)) == pytest.approx(expected)


def test_worth_keeping_are_must_spans_and_the_reference() -> None:
    case = cut(
        CaseLine(
            id="a",
            text="wait for job_7 now",
            must=((9, 14, "name"),),
            domain="log",
            slices=("x",),
            source="s",
            reference=((0, 4),),
        )
    )
    assert worth(case) == [True, False, True, False]
