"""Numbers that do not go together in one row, in a history whose every digest is right."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.audit.conftest import Campaign

Rows = list[dict[str, Any]]
SCORE = '{{"candidate":{},"incumbent":0.25,"interval":null}}'


def unlooked(rows: Rows) -> None:
    rows[1]["look"]["spent"] = False


def unnumbered(rows: Rows) -> None:
    rows[1]["gate"] = None


def shown(rows: Rows) -> None:
    rows[3]["heldout"] = rows[1]["heldout"]


def numbered(rows: Rows) -> None:
    rows[3]["gate"] = {**rows[1]["gate"], "looks": 3}


def crowded(rows: Rows) -> None:
    rows[1]["gate"]["wins"] = 40


def guarded(rows: Rows) -> None:
    rows[1]["gate"]["guards"] = {"hit": "broken", "a": "not_evaluated", "b": "holds"}


def ahead(rows: Rows) -> None:
    rows[4]["dev"]["hit"][1] = 0.99


def seeded(rows: Rows) -> None:
    rows[3]["seed"] = 99


def rounded(rows: Rows) -> None:
    rows[1]["heldout"]["hit"]["candidate"] = 0.75


@pytest.mark.parametrize(
    ("change", "row", "expected"),
    [
        pytest.param(
            unlooked,
            1,
            {
                ("claims", "accept without a look at held-out cases", "a look", "none"),
                (
                    "verdicts",
                    "look does not come out again",
                    '{"spent":true,"underpowered":false}',
                    '{"spent":false,"underpowered":false}',
                ),
            },
            id="no look",
        ),
        pytest.param(
            unnumbered,
            1,
            {
                ("claims", "an accept without the gate's numbers", "numbers", "none"),
                ("verdicts", "gate does not come out again", "numbers", "none"),
            },
            id="no numbers",
        ),
        pytest.param(
            shown,
            3,
            {
                ("claims", "held-out numbers beside a reject", "none", "numbers"),
                (
                    "verdicts",
                    "heldout.hit does not come out again",
                    "(none)",
                    SCORE.format("1.0"),
                ),
            },
            id="a reject's scores",
        ),
        pytest.param(
            numbered,
            3,
            {
                ("claims", "held-out numbers beside a reject", "none", "numbers"),
                ("verdicts", "gate does not come out again", "none", "numbers"),
            },
            id="a reject's numbers",
        ),
        pytest.param(
            crowded,
            1,
            {
                ("claims", "more wins and losses than cases", "at most 12", "40"),
                ("verdicts", "gate.wins does not come out again", "9", "40"),
            },
            id="more wins than cases",
        ),
        pytest.param(
            guarded,
            1,
            {
                ("claims", "accepted though a, hit did not hold", "holds", "not_evaluated"),
                (
                    "verdicts",
                    "gate.guards does not come out again",
                    "{}",
                    '{"a": "not_evaluated", "b": "holds", "hit": "broken"}',
                ),
            },
            id="broken guards",
        ),
        pytest.param(
            ahead,
            4,
            {
                (
                    "claims",
                    "rejected without a look, and ahead on dev",
                    "at most 0.6666666666666666",
                    "0.99",
                ),
            },
            id="ahead on dev",
        ),
        pytest.param(
            seeded,
            3,
            {("runs", "seed is not what the rows before it lead to", "3", "99")},
            id="seed",
        ),
        pytest.param(
            rounded,
            1,
            {
                (
                    "verdicts",
                    "heldout.hit does not come out again",
                    SCORE.format("1.0"),
                    SCORE.format("0.75"),
                ),
            },
            id="a claimed score",
        ),
    ],
)
def test_numbers_that_cannot_stand_beside_one_another_are_named_with_both(
    campaign: "Campaign",
    change: Callable[[Rows], None],
    row: int,
    expected: set[tuple[str, str, str, str]],
) -> None:
    rows = campaign.dumped()
    change(rows)
    campaign.anew(rows)
    told = {
        (each.check, each.text.removeprefix(f"row {row}: "), each.expected, each.found)
        for each in campaign.verify().faults
        if each.row == row and each.check in {"claims", "verdicts", "runs"}
    }
    assert told == expected


def test_an_incumbent_that_no_row_accepted_is_named(campaign: "Campaign") -> None:
    rows = campaign.dumped()
    was = rows[3]["incumbent"]
    rows[3]["incumbent"] = "0" * 64
    campaign.anew(rows)
    (fault, *_) = [each for each in campaign.verify().faults if each.check == "runs"]
    assert fault.told.startswith("state/toy/it/0000/000003.json:1: row 3: ")
    assert fault.text == "row 3: incumbent is not what the rows before it lead to"
    assert (fault.expected, fault.found) == (was, "0" * 64)
