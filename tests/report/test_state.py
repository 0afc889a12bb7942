from collections.abc import Callable
from pathlib import Path

import pytest

from runner.core.head import LineState
from runner.core.row import Row
from runner.report.state import render_state
from runner.report.view import CampaignView
from runner.spec.model import Spec

HERE = Path(__file__).parent


def test_a_campaign_has_exactly_this_state_file(make_view: Callable[..., CampaignView]) -> None:
    assert render_state(make_view()) == (HERE / "campaign/state.md").read_text()


def test_only_the_last_fifty_rows_are_listed(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    rows = tuple(make_row(number, "reject") for number in range(100))
    head = make_view().head.model_copy(update={"number": 99})
    text = render_state(make_view(rows=rows, head=head))
    listed = text.partition("## Last rows")[2]
    assert listed.count("\n| 5") == 10
    assert "\n| 49 |" not in listed
    assert "50 older rows are left out here; all are in `state/kompress/it/`." in listed


def test_claims_older_than_the_rows_stay_among_the_versions(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    view = make_view(rows=(make_row(5, "reject"),))
    assert "| 2 | accept | `222222222222` | 0.780 | 0.781 |" in render_state(view)


def test_versions_show_the_targets_on_dev_and_where_they_are_claimed(
    make_view: Callable[..., CampaignView],
    make_row: Callable[..., Row],
    make_spec: Callable[..., Spec],
) -> None:
    spec = make_spec(stop={"target": {"override_delta@dense": {"max": 0}}})
    row = make_row(3, "keep", dev={"override_delta@dense": (0.2, 0.004)})
    text = render_state(make_view(spec=spec, rows=(row,), claims=()))
    versions = text.partition("## Versions")[2].partition("##")[0]
    assert "| dev override_delta@dense | held-out override_delta@dense |" in versions
    assert versions.rstrip().endswith("| 0.004 | no look |")


@pytest.mark.parametrize(
    ("tried", "told"),
    [
        (("self-label",), "None: every one was tried or skipped."),
        ((), "None. Their line ended before they were tried: self-label."),
    ],
)
def test_ideas_that_were_tried_or_whose_line_ended_are_not_open(
    make_view: Callable[..., CampaignView], tried: tuple[str, ...], told: str
) -> None:
    lines = {
        "labels": LineState(stall=3, ended="stalled", tried=tried),
        "inference": LineState(stall=1, tried=("vote",)),
    }
    head = make_view().head.model_copy(update={"lines": lines})
    text = render_state(make_view(head=head))
    assert f"## Open hypotheses\n\n{told}\n" in text


def test_a_bare_loop_says_what_it_has_not(
    make_view: Callable[..., CampaignView], make_spec: Callable[..., Spec]
) -> None:
    spec = make_spec(description="", stop={}, budget={}, skip=[])
    head = make_view().head.model_copy(update={"incumbent": None})
    text = render_state(make_view(spec=spec, head=head, rows=(), claims=(), eval=None))
    for words in (
        "improve exact_at_budget@dense.",
        "No target is set.",
        "No baseline yet.",
        "the spec's own command, version 1",
        "## Skip\n\nNothing.",
        "No limit is set.",
    ):
        assert words in text


def test_what_was_tried_in_vain_is_to_be_skipped_until_it_is_tried_with_success(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row]
) -> None:
    lost = make_row(4, "reject", hypothesis="vote", reason="not ahead on dev")
    again = make_row(5, "keep", hypothesis="vote")
    assert "| vote | not ahead on dev | row 4: reject |" in render_state(make_view(rows=(lost,)))
    assert "row 4: reject" not in render_state(make_view(rows=(lost, again)))
