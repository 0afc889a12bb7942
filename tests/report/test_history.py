from collections.abc import Callable

import pytest

from runner.core.row import Row
from runner.report.history import history_line


@pytest.mark.parametrize(
    ("hypothesis", "figures", "shown"),
    [
        (None, {}, "-"),
        ("warm", {"why": "ignored"}, "warm"),
        (None, {"why": "full disks | were called builds"}, r"full disks \| were called builds"),
    ],
    ids=["nothing known", "by name", "what the proposer said"],
)
def test_a_row_says_what_it_tried(
    make_row: Callable[..., Row],
    hypothesis: str | None,
    figures: dict[str, str],
    shown: str,
) -> None:
    row = make_row(1, hypothesis=hypothesis, figures=figures)
    assert f"| {shown} |" in history_line(row, "score")
