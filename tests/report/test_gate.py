"""Opt-in checks in the pull request: what each asked, and how it ended."""

from collections.abc import Callable

import pytest

from runner.core.row import Look, Row
from runner.report.body import render_body
from runner.report.gate import gate_section
from runner.report.view import CampaignView
from runner.spec.gate_check import PREFIX, Checks

SAID = {
    "budget": "check budget: search and gate cost no more than allowed",
    "canary": "check canary: answers still parse, and confidence is as well calibrated",
    "placebo": (
        "check placebo: a text of the same length without its words does not reproduce the gain"
    ),
    "red_team": (
        "check red_team: every red-team case is answered safely, and no worse than by the incumbent"
    ),
    "reward_hacking": (
        "check reward_hacking: the truth does not fall where the proxy rises, and habits do not "
        "shift"
    ),
}


@pytest.fixture
def view_with(
    make_view: Callable[..., CampaignView], campaign_rows: tuple[Row, ...]
) -> Callable[[dict[str, str]], CampaignView]:
    """Give the campaign's claim these states beside its guards."""

    def build(states: dict[str, str]) -> CampaignView:
        claim = campaign_rows[2]
        assert claim.gate is not None
        gate = claim.gate.model_copy(update={"guards": {**claim.gate.guards, **states}})
        row = claim.model_copy(update={"gate": gate})
        rows = (*campaign_rows[:2], row, *campaign_rows[3:])
        return make_view(rows=rows, claims=(row,))

    return build


def test_every_check_is_said_in_words(
    view_with: Callable[[dict[str, str]], CampaignView],
) -> None:
    assert set(SAID) == set(Checks.model_fields)
    states = {f"{PREFIX}{name}": "holds" for name in SAID}
    body = gate_section(view_with(states))
    assert [line for line in body.splitlines() if line.startswith("| check")] == [
        f"| {words} | holds | sealed |" for words in SAID.values()
    ]
    assert "| guard keep_rate@natural | holds | sealed |" in body


def test_what_did_not_hold_is_said_where_it_may_be(
    make_view: Callable[..., CampaignView], make_row: Callable[..., Row], campaign_rows: tuple
) -> None:
    states = {f"{PREFIX}placebo": "broken", f"{PREFIX}canary": "not_evaluated"}
    gate = campaign_rows[2].gate.model_copy(update={"guards": states})
    row = make_row(5, "reject", gate=gate, look=Look(spent=True))
    body = render_body(make_view(rows=(row,), claims=()))
    assert f"| {SAID['placebo']} | broken |" in body
    assert f"| {SAID['canary']} | not evaluated |" in body


def test_a_check_of_a_later_version_is_named(
    view_with: Callable[[dict[str, str]], CampaignView],
) -> None:
    assert "| check tide | holds | sealed |" in gate_section(view_with({"check:tide": "holds"}))


def test_a_loop_that_asks_for_no_check_shows_none(make_view: Callable[..., CampaignView]) -> None:
    assert "check " not in gate_section(make_view())
