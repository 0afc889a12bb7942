import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compression.window import Window, windows


@pytest.mark.parametrize(
    ("length", "want"),
    [
        (0, []),
        (8, [Window(0, 8, 0, 8)]),
        (9, [Window(0, 8, 0, 6), Window(4, 9, 6, 9)]),
        (14, [Window(0, 8, 0, 6), Window(4, 12, 6, 10), Window(8, 14, 10, 14)]),
    ],
)
def test_a_seam_has_context_on_both_sides(length: int, want: list[Window]) -> None:
    assert windows(length, 8, overlap=2) == want


@given(st.integers(0, 500), st.integers(1, 60), st.integers(0, 20))
def test_each_token_is_scored_once_with_its_context(length: int, size: int, overlap: int) -> None:
    found = windows(length, size, overlap=overlap)
    assert [n for each in found for n in range(each.first, each.last)] == list(range(length))
    for each in found:
        assert each.start <= each.first < each.last <= each.end <= each.start + size
        around = min(overlap, size // 4)
        assert each.start in {0, each.first - around}
        assert each.end in {length, each.last + around}


def test_the_context_grows_with_the_window() -> None:
    assert windows(1000, 128)[1] == Window(112, 240, 120, 232)
