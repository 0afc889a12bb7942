"""What comes out of the store, and what is said where nothing does."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop


@pytest.fixture
def done(workshop: "Workshop") -> "Workshop":
    """A loop with a baseline, an accept and a crash."""
    workshop.levels(3, 12)
    workshop.run()
    return workshop


def test_the_incumbent_is_copied_writable_and_named(done: "Workshop", place: Path) -> None:
    told = done.cli("pull", "toy", "--out", str(place / "got"))
    assert (told.code, told.err) == (0, "")
    model = place / "got" / "model.json"
    assert json.loads(model.read_text())["level"] == 12
    model.write_text("mine")
    candidate = done.rows()[1]["candidate"]
    assert told.out.splitlines() == [
        f"{place}/got: candidate {candidate[:12]} of loop toy",
        "  iteration 1: accepted: a gain on held-out cases is claimed",
        "  held-out score: 1.000",
        "  1 file: model.json",
        "next: git-loop show toy 1, which says how it was decided",
    ]


def test_the_store_is_not_harmed_by_what_was_pulled(done: "Workshop", place: Path) -> None:
    done.cli("pull", "toy", "--out", str(place / "got"))
    (place / "got/model.json").write_text("mine")
    again = done.cli("pull", "toy", "--out", str(place / "again"), "--json")
    assert json.loads((place / "again/model.json").read_text())["level"] == 12
    assert again.json | {"candidate": ""} == {
        "folder": f"{place}/again",
        "candidate": "",
        "row": 1,
        "verdict": "accept",
        "primary": "score",
        "heldout": 1.0,
        "files": ["model.json"],
    }


def test_a_row_number_pulls_that_rows_candidate(done: "Workshop", place: Path) -> None:
    assert done.cli("pull", "toy", "0", "--out", str(place / "old")).code == 0
    assert json.loads((place / "old/model.json").read_text())["level"] == 3


def test_a_folder_below_the_current_one_is_made(done: "Workshop") -> None:
    assert done.cli("pull", "toy", "--out", "some/where").code == 0
    assert (done.top / "some/where/model.json").is_file()


def test_a_folder_in_use_is_left_alone(done: "Workshop", place: Path) -> None:
    used = place / "used"
    used.mkdir()
    (used / "mine").write_text("x")
    refused = done.cli("pull", "toy", "--out", str(used))
    assert (refused.code, refused.complaint) == (1, f"{used} is not empty; name a new folder")
    assert [path.name for path in used.iterdir()] == ["mine"]


def test_a_loop_without_a_row_says_so(workshop: "Workshop", place: Path) -> None:
    refused = workshop.cli("pull", "toy", "--out", str(place / "got"))
    assert refused.code == 1
    assert refused.complaint == "loop toy has no row yet; git-loop run toy makes the first"


def test_a_row_without_a_candidate_says_so(done: "Workshop", place: Path) -> None:
    assert done.cli("reset", "toy", "--reason", "new data").code == 0
    refused = done.cli("pull", "toy", "2", "--out", str(place / "got"))
    assert refused.code == 1
    assert refused.complaint == (
        "row 2 of loop toy has no candidate (reset); git-loop pull toy --out DIR takes the "
        "incumbent"
    )


def test_another_machines_candidate_says_where_was_looked(done: "Workshop", place: Path) -> None:
    store = done.place / "store"
    shutil.rmtree(store)
    refused = done.cli("pull", "toy", "--out", str(place / "got"))
    assert refused.code == 1
    assert refused.complaint.endswith(
        f" of row 1 is not on this machine: looked in {store} (LOOP_HOME {done.home}); "
        "the machine that made the row has it, pull it there"
    )
    assert not (place / "got").exists()
