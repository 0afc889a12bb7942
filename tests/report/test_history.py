from collections.abc import Callable

import pytest

from runner.core.row import Row
from runner.report.gate import figures_section
from runner.report.history import history_line
from runner.report.view import CampaignView


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


def test_a_proposers_words_stand_above_its_figures(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    figures = {"why": "full disks | were builds", "edits": 1}
    text = figures_section(make_view(rows=(make_row(0, "baseline"), make_row(1, figures=figures))))
    assert text.startswith("### What the proposer says, iteration 1\n")
    assert "Its edit: full disks \\| were builds" in text
    assert "| edits | 1 |" in text
    assert "| why |" not in text
