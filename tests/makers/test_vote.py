"""The floor that an ensemble's members must reach, on the numbers of the Kompress post."""

import math
from pathlib import Path
from typing import Any

import pytest

from runner.compression.model import load
from runner.compression.options import read_options
from runner.core.errors import InvalidCandidateError
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.method.vote import Measured, below, chosen
from runner.makers.token_compressor.params import Floor, Vote

V3 = Measured(exact=0.911, delta=0.054, keep_rate=0.6)
V4 = Measured(exact=0.961, delta=0.004, keep_rate=0.6)
V5 = Measured(exact=0.961, delta=0.004, keep_rate=0.6)
POST = {"row-3": V3, "row-4": V4, "row-5": V5}


def of(keep_if: int, **more: Any) -> Vote:  # noqa: ANN401 - any field
    return Vote(members=(3, 4, 5), keep_if=keep_if, **more)


def test_the_posts_weak_member_is_refused_and_the_two_equal_ones_vote() -> None:
    assert chosen(of(2), POST) == ["row-4", "row-5"]


def test_too_few_good_members_make_no_candidate_and_each_fault_has_its_numbers() -> None:
    message = (
        r"^ensemble: 2 of 3 members reach the floor, not 3: row-3 override adds 0\.054 > 0\.005, "
        r"exact_pct 0\.911 < 0\.951$"
    )
    with pytest.raises(InvalidCandidateError, match=message):
        chosen(of(3), POST)


def test_without_a_floor_the_posts_negative_result_can_be_made_again() -> None:
    assert chosen(of(2, floor="off"), POST) == ["row-4", "row-5", "row-3"]


@pytest.mark.parametrize(
    ("member", "fault"),
    [
        (Measured(0.967, 0.005, 0.70), None),
        (Measured(0.957, 0.005, 0.70), None),
        (Measured(0.931, 0.0, 0.5), "exact_pct 0.931 < 0.957"),
        (Measured(0.961, 0.006, 0.5), "override adds 0.006 > 0.005"),
        (Measured(0.967, -0.1, 0.71), "keep_rate 0.710 > 0.7"),
        (Measured(math.nan, 0.0, 0.5), "exact_pct nan < 0.957"),
    ],
    ids=["best", "just reaches it", "the vote of the post", "needs its override", "long", "nan"],
)
def test_a_member_is_held_to_three_numbers(member: Measured, fault: str | None) -> None:
    assert below(member, Floor(), best=0.967) == fault


@pytest.mark.slow
def test_an_ensemble_of_rows_is_made_stored_and_loaded(tmp_path: Path, making: Any) -> None:  # noqa: ANN401 - the fixture's callable
    for name, seed in (("one", 1), ("two", 2)):
        making(name, seed=seed)
    rows = {"row-1": "one", "row-2": "two"}
    members = {role: tmp_path / name for role, name in rows.items()}
    vote = {"members": [1, 2], "keep_if": 2, "floor": "off"}
    made = making("both", refs=rows, ensemble=vote, threshold=0.5)
    assert made.refs == {"row-1": "row-1", "row-2": "row-2"}
    assert [path.name for path in (tmp_path / "both").iterdir()] == ["compressor.json"]
    both = load(tmp_path / "both", members=members)
    one, two = (load(path) for path in members.values())
    text = "worker_7 was not done in 30ms"
    least = [min(pair) for pair in zip(one.scores([text])[0], two.scores([text])[0], strict=True)]
    assert both.scores([text]) == [least]
    assert {key for key in made.figures if key.startswith("row_1")} == {
        "row_1_exact_pct",
        "row_1_override_adds",
        "row_1_keep_rate",
    }


@pytest.mark.slow
def test_a_vote_is_calibrated_below_the_cap_unless_it_is_given_a_threshold(
    tmp_path: Path,
    making: Any,  # noqa: ANN401 - the fixture's callable
) -> None:
    for name, seed in (("one", 1), ("two", 2)):
        making(name, seed=seed)
    vote = {"members": [1, 2], "keep_if": 1, "floor": "off"}
    made = making("both", refs={"row-1": "one", "row-2": "two"}, ensemble=vote)
    assert float(made.figures["dev_keep_rate"]) <= 0.69
    assert read_options(tmp_path / "both").threshold == made.figures["threshold"]
    making("nested", refs={"row-1": "both"}, ensemble=None)
    with pytest.raises(TokenCompressorError, match="no dev split to measure members on"):
        making("blind", refs={"row-1": "one", "row-2": "two"}, ensemble=vote, with_dev=False)
