"""What is told of a row breaks at a terminal's spaces, and nowhere in a pipe."""

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop


@pytest.fixture
def narrow(workshop: "Workshop", monkeypatch: pytest.MonkeyPatch) -> "Workshop":
    """A loop with a baseline, looked at on 60 columns."""
    workshop.levels(3, 12)
    workshop.run()
    monkeypatch.setenv("COLUMNS", "60")
    return workshop


def test_what_is_told_of_rows_breaks_at_a_terminals_spaces(
    narrow: "Workshop", monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = narrow.cli("verify", "toy").out
    assert max(map(len, whole.splitlines())) > 80
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    broken = narrow.cli("verify", "toy").out
    assert [line for line in broken.splitlines() if "numbered" in line] == [
        "  chain       2 of 2 rows are canonical, numbered without a",
    ]
    assert "\n              gap, and name the one before\n" in broken
    assert broken.split() == whole.split()


def test_a_verdicts_reason_breaks_and_the_next_command_does_not(
    narrow: "Workshop", monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow.levels(3, 12, 12)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    told = narrow.cli("run", "toy", "--no-publish").out.splitlines()
    assert told[0].startswith("toy 2 ")
    assert told[1].startswith("  ")
    assert max(map(len, told[:-1])) <= 60
    assert told[-1] == "next: git-loop run toy, or git-loop status"
