"""What `git-loop data` prints, and how it ends."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop

TEXT = "one two three four five six seven eight"
EVAL = """\
eval: e
version: 1
checker: must_keep
train: train.jsonl
dev: dev.jsonl
metrics: {exact_pct: {direction: max}}
build: build.py
"""
BUILD = """\
import os
from pathlib import Path
Path(os.environ["LOOP_OUT"], "dev.jsonl").write_text('{"id": "d", "text": "anew"}\\n')
"""


@pytest.fixture
def shop(workshop: "Workshop") -> "Workshop":
    train = {"id": "t", "text": TEXT, "domain": "log", "slices": ["natural"], "must": [[0, 3, "n"]]}
    workshop.write(
        {
            "evals/e/eval.yaml": EVAL,
            "evals/e/build.py": BUILD,
            "evals/e/train.jsonl": json.dumps(train) + "\n",
            "evals/e/dev.jsonl": '{"id": "d", "text": "other"}\n',
        }
    )
    return workshop


def test_check_counts_and_says_that_splits_are_clean(shop: "Workshop") -> None:
    told = shop.cli("data", "check", "e")
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines() == [
        "train: 1 case, classes of must spans: 1",
        "  by slice: natural 1",
        "  by domain: log 1",
        "  by class: n 1",
        "dev: 1 case",
        "clean: dev against train, 1 texts",
        "next: git-loop validate (e)",
    ]


def test_shared_text_is_told_and_exits_1(shop: "Workshop") -> None:
    shop.write({"evals/e/dev.jsonl": json.dumps({"id": "d", "text": f"so {TEXT}"}) + "\n"})
    told = shop.cli("data", "check", "e")
    assert told.code == 1
    assert told.out.splitlines()[-2:] == [
        "CONTAMINATED: 1 of 1 texts of dev share a run of 8 units with train",
        "next: mend the contamination",
    ]
    assert TEXT not in told.out
    found = shop.cli("data", "check", "e", "--json")
    assert found.code == 1
    assert found.json["contamination"] == [
        {
            "known": "train",
            "checked": "dev",
            "overlap": {"texts": 1, "tainted": 1, "grams": 1},
            "exempt": 0,
        }
    ]


def test_build_names_what_it_wrote(shop: "Workshop") -> None:
    told = shop.cli("data", "build", "e", "--out", "new")
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines() == [
        f"{shop.top}/new: 1 file written: dev.jsonl",
        "next: git-loop data check e",
    ]
    again = shop.cli("data", "build", "e", "--json")
    assert again.json == {
        "eval": "e",
        "folder": f"{shop.top}/evals/e",
        "files": ["dev.jsonl"],
        "traffic": {},
    }


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["check", "f"], "evals/f/eval.yaml is missing"),
        (["build", "e", "--log", "gone"], "is no folder"),
    ],
)
def test_what_is_missing_is_one_line(shop: "Workshop", argv: list[str], message: str) -> None:
    told = shop.cli("data", *argv)
    assert told.code in {1, 2}
    assert message in told.complaint
