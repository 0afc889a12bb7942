"""The example campaign is what a loop left, so it must still read, chain and fold."""

import re
from pathlib import Path

from runner.core.head import Head
from runner.core.row import Row
from runner.ledger.chain import check_chain, read_chain

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "kompress"


def campaign(folder: Path) -> tuple[Head, tuple[Row, ...]]:
    head = Head.model_validate_json((folder / "head.json").read_bytes())
    files = sorted((folder / "it" / "0000").glob("*.json"))
    rows = read_chain([(path.name, path.read_bytes()) for path in files], last=head.last)
    check_chain(rows)
    return head, rows


def test_the_example_campaign_is_an_unbroken_chain_to_a_stopped_loop() -> None:
    head, found = campaign(EXAMPLE)
    assert head.number == len(found) - 1
    assert head.stop is not None
    assert head.stop.name == "stalled"


def test_every_version_in_the_table_is_what_its_row_says() -> None:
    text = (EXAMPLE / "README.md").read_text()
    told = re.findall(
        r"^\| (\d+) \| ([\w-]+) \| (\w+) \| ([\d.]+) \| ([\d.]+) \| ([\d.-]+) \|",
        text,
        re.MULTILINE,
    )
    want = []
    for row in campaign(EXAMPLE)[1]:
        plain = (row.dev.get("exact_at_budget") or (None, None))[1]
        delta = (row.dev.get("override_delta") or (None, None))[1]
        if plain is not None and delta is not None:
            name = row.hypothesis or "silver"
            shown = (f"{plain:.3f}", f"{plain + delta:.3f}", f"{delta:.3f}")
            want.append((str(row.number), name, str(row.verdict), *shown))
    assert told == want
    assert len(told) >= 8


TRIAGE = EXAMPLE.with_name("triage")


def test_the_text_campaign_is_a_chain_that_its_page_tells_row_by_row() -> None:
    head, found = campaign(TRIAGE)
    told = re.findall(
        r"^\| (\d+) \| (\w+) \| ([\d.]+) \| ([\d.-]+) \| ([\d.-]+) \| ([\d.-]+) \|",
        (TRIAGE / "README.md").read_text(),
        re.MULTILINE,
    )
    keys = ("agreement", "agreement@seen", "agreement@unseen")
    want = [
        (
            str(row.number),
            str(row.verdict),
            f"{row.dev['agreement'][1]:.3f}",
            *(f"{row.heldout[key].candidate:.3f}" if row.heldout else "-" for key in keys),
        )
        for row in found
    ]
    assert told == want
    assert len(told) == head.number + 1
    assert head.stop is not None
    assert head.stop.name == "stalled"


EXPERIENCE = EXAMPLE.with_name("experience")


def test_the_experience_campaign_is_a_chain_that_its_page_tells_row_by_row() -> None:
    head, found = campaign(EXPERIENCE)
    number = r" ([\d.-]+) \|"
    told = re.findall(
        rf"^\| (\d+) \| ([\w-]+) \| (\w+) \|{number * 6}",
        (EXPERIENCE / "README.md").read_text(),
        re.MULTILINE,
    )
    keys = ("partial", "greedy_partial", "guard_break_rate", "partial@unseen")
    want = [
        (
            str(row.number),
            "-" if row.reset else row.hypothesis or "base",
            "reset" if row.reset else str(row.verdict),
            *(f"{row.dev[key][1]:.3f}" if row.dev else "-" for key in keys[:2]),
            *(f"{row.heldout[key].candidate:.3f}" if row.heldout else "-" for key in keys),
        )
        for row in found
    ]
    assert told == want
    assert len(told) == head.number + 1
    assert [row.number for row in found if row.verdict == "accept"] == [1, 2]
