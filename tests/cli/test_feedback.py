"""`git-loop feedback add`: what is told of a case that a person shipped."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.text_loop import logs  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from tests.conftest import Workshop

Logs = Callable[..., "Workshop"]


@pytest.fixture
def shop(logs: Logs) -> "Workshop":  # noqa: F811 - the fixture
    shop = logs()
    shop.write(
        {
            "../asked.txt": "the database is gone",
            "../shipped.json": '{"kind": "net"}',
            "../proposed.json": '{"kind": "disk"}',
        }
    )
    return shop


def add(*more: str) -> tuple[str, ...]:
    return (
        *("feedback", "add", "toy", "--input", "../asked.txt", "--shipped", "../shipped.json"),
        *more,
    )


def test_a_case_is_told_with_what_is_to_be_done_next(shop: "Workshop") -> None:
    told = shop.cli(*add("--proposed", "../proposed.json", "--id", "monday"))
    assert (told.code, told.out.splitlines()) == (
        0,
        [
            "evals/logs/feedback.jsonl: case monday, 1 case of feedback in all",
            "  what was proposed agrees with what was shipped by 0.000",
            "next: git add evals/logs/feedback.jsonl && git commit; the next run of toy learns it",
        ],
    )


def test_without_the_key_it_says_what_it_was_not_compared_with(shop: "Workshop") -> None:
    shop.monkeypatch.delenv("LOOP_HELDOUT_KEY")
    told = shop.cli(*add("--id", "monday"))
    assert told.out.splitlines()[1] == (
        "  not compared with heldout 0: the key is not here, so see that it is not held out"
    )


def test_a_program_reads_the_same_as_json(shop: "Workshop") -> None:
    found = shop.cli(*add("--id", "monday", "--json")).json
    assert found == {
        "path": "evals/logs/feedback.jsonl",
        "case": "monday",
        "agreement": None,
        "cases": 1,
        "closed": [],
    }


def test_a_file_that_is_not_there_is_told_by_its_flag(shop: "Workshop") -> None:
    told = shop.cli(*add("--proposed", "../gone.json"))
    assert (told.code, told.complaint) == (
        1,
        "--proposed: ../gone.json: No such file or directory",
    )
    assert not (shop.top / "evals/logs/feedback.jsonl").exists()
