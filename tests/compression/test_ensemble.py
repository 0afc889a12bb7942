"""The vote of the Kompress post, as one score per unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import pytest

from runner.compression.decide import by_threshold
from runner.compression.ensemble import EnsembleScorer, kth_largest
from runner.compression.options import ROUTED, Ensemble, Options


@dataclass(frozen=True)
class Fixed:
    values: tuple[float, ...]

    def scores(self, texts: list[str]) -> list[list[float]]:
        return [list(self.values) for _ in texts]


def vote(*members: Sequence[float], keep_if: int) -> list[bool]:
    scorer = EnsembleScorer(tuple(Fixed(tuple(each)) for each in members), keep_if)
    (scores,) = scorer.scores(["any"])
    return by_threshold(scores, 0.5)


def test_two_of_three_keep_a_unit() -> None:
    v3, v4, v5 = [0.9, 0.9, 0.1, 0.1], [0.9, 0.1, 0.9, 0.1], [0.1, 0.9, 0.9, 0.6]
    assert vote(v3, v4, v5, keep_if=2) == [True, True, True, False]
    assert vote(v3, v4, v5, keep_if=1) == [True, True, True, True]
    assert vote(v3, v4, v5, keep_if=3) == [False, False, False, False]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_kth_largest_score_is_above_a_threshold_exactly_if_k_votes_are(k: int) -> None:
    levels = (0.0, 0.4, 0.5, 0.6, 1.0)
    for votes in product(levels, repeat=3):
        for threshold in levels:
            counted = sum(score > threshold for score in votes) >= k
            assert (kth_largest(votes, k) > threshold) == counted


def test_a_worse_member_drags_a_majority_down() -> None:
    """Two of three: where the weak member and one other drop a must-keep unit, it is lost."""
    strong, other, weak = [0.9, 0.9, 0.9], [0.9, 0.2, 0.9], [0.2, 0.2, 0.9]
    assert vote(strong, keep_if=1) == [True, True, True]
    assert vote(strong, other, weak, keep_if=2) == [True, False, True]


def test_the_thresholds_of_the_post_decide_where_routing_is_on() -> None:
    found = {name: options.threshold for name, options in ROUTED.items()}
    assert found == {"code": 0.35, "log": 0.45, "json": 0.45, "prose": 0.55, "other": 0.5}
    assert Options().domains == {}


def test_more_votes_than_members_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="keep_if is 3, but there are 2 votes"):
        Ensemble(members=("a", "b"), keep_if=3)
