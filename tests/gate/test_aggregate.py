import pytest

from runner.core.score import CaseScore
from runner.gate.aggregate import aggregate, keys, penalty
from runner.gate.errors import GateError

LINES = (
    CaseScore(case="a", rep=0, slices=("dense",), metrics={"score": 1.0, "keep": 0.5}),
    CaseScore(case="a", rep=1, slices=("dense",), metrics={"score": 0.0, "keep": 0.5}),
    CaseScore(case="b", rep=0, slices=("natural",), metrics={"score": 1.0}),
    CaseScore(case="c", rep=0, slices=("dense",), metrics={}, failed=True),
)


def test_keys_are_metrics_and_metrics_at_slices_of_unbroken_cases() -> None:
    assert keys(LINES) == ("keep", "keep@dense", "score", "score@dense", "score@natural")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("score", (0.5 + 1 + 0) / 3, id="a repeated case counts once"),
        pytest.param("score@dense", 0.25, id="a slice leaves the others out"),
        pytest.param("score@natural", 1.0, id="one case"),
        pytest.param("keep", 0.25, id="an unbroken case without the metric does not count"),
    ],
)
def test_a_key_is_averaged_over_repetitions_then_cases(key: str, expected: float) -> None:
    assert aggregate(LINES, key=key, on_error=0) == expected


def test_a_broken_case_scores_on_error_even_if_the_checker_gave_a_number() -> None:
    broken = CaseScore(case="a", metrics={"score": 1.0}, failed=True)
    assert aggregate([broken], key="score", on_error=-1) == -1


def test_an_unknown_key_is_answered_with_the_keys_that_exist() -> None:
    with pytest.raises(GateError, match=r"carries the metric exact; the scores have: keep, keep@d"):
        aggregate(LINES[:3], key="exact", on_error=0)


def test_the_order_of_the_lines_changes_nothing() -> None:
    values = [0.1, 0.2, 0.3, 1e9, -1e9, 0.7]
    forth = [CaseScore(case=f"c{i}", metrics={"score": v}) for i, v in enumerate(values)]
    assert aggregate(forth, key="score", on_error=0) == aggregate(
        forth[::-1], key="score", on_error=0
    )


@pytest.mark.parametrize(
    ("direction", "on_error", "expected"),
    [("max", 0, 0), ("min", 0, 0.5), ("min", 2, 2)],
    ids=["more is better", "less is better: never a reward", "less is better: on_error is worse"],
)
def test_a_broken_case_is_never_rewarded(direction: str, on_error: float, expected: float) -> None:
    assert penalty(LINES, key="keep@dense", direction=direction, on_error=on_error) == expected  # type: ignore[arg-type]


def test_scores_without_any_metric_are_told_as_none() -> None:
    with pytest.raises(GateError, match=r"carries the metric exact; the scores have: none$"):
        aggregate([], key="exact", on_error=0)
