import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.gate.level import alpha_look


@pytest.mark.parametrize(
    ("patience", "lines", "resets", "expected"),
    [(1, 1, 0, 0.05), (3, 1, 0, 0.05 / 3), (3, 2, 0, 0.05 / 6), (3, 2, 3, 0.05 / 48)],
    ids=["one look", "patience", "lines", "every reset halves"],
)
def test_the_level_is_shared_among_the_looks(
    patience: int, lines: int, resets: int, expected: float
) -> None:
    assert alpha_look(patience=patience, lines=lines, resets=resets) == expected


@given(patience=st.integers(1, 100), lines=st.integers(1, 50))
def test_over_unlimited_resets_the_total_stays_within_a_tenth(patience: int, lines: int) -> None:
    looks = patience * lines
    spent = sum(
        looks * alpha_look(patience=patience, lines=lines, resets=resets) for resets in range(900)
    )
    assert spent <= 0.1 + 1e-9


@pytest.mark.parametrize(("patience", "lines", "resets"), [(0, 1, 0), (1, 0, 0), (1, 1, -1)])
def test_no_argument_buys_a_higher_level(patience: int, lines: int, resets: int) -> None:
    with pytest.raises(ValueError, match="no level for"):
        alpha_look(patience=patience, lines=lines, resets=resets)
