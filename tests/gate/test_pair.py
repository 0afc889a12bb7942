import math
from collections.abc import Callable, Sequence

import pytest

from runner.core.score import CaseScore
from runner.gate.errors import GateError
from runner.gate.pair import Paired, pair


def both(ours: Sequence[CaseScore], theirs: Sequence[CaseScore], **changes: object) -> Paired:
    options = {"key": "score", "direction": "max", "on_error": 0, "expected": {}}
    return pair(ours, theirs, **(options | changes))


def one(case: str, score: float, **fields: object) -> CaseScore:
    return CaseScore(case=case, metrics={"score": score}, **fields)


def test_differences_are_candidate_minus_incumbent_whatever_the_order(
    lines: Callable[..., tuple[CaseScore, ...]],
) -> None:
    ours, theirs = lines([1, 0, 1, 1]), lines([0, 1, 1, 0])
    found = both(ours[::-1], theirs)
    assert found.differences == (-1.0, 0.0, 1.0, 1.0)
    assert (found.n, found.wins, found.losses, found.mean) == (4, 2, 1, 0.25)
    assert found.lost == {"c0001"}
    assert found == both(ours, theirs[::-1])


def test_lower_is_better_turns_the_sign(lines: Callable[..., tuple[CaseScore, ...]]) -> None:
    found = both(lines([0.2, 0.9]), lines([0.5, 0.8]), direction="min")
    assert found.units == (-100, 300)
    assert found.lost == {"c0001"}


def test_repetitions_average_to_one_difference() -> None:
    ours = [one("a", 1, rep=0), one("a", 0, rep=1), one("a", 1, rep=2)]
    theirs = [one("a", 0, rep=rep) for rep in range(3)]
    found = both(ours, theirs)
    assert found.differences == (2 / 3,)
    assert found.units == (667,)
    assert found.graded


def test_cases_of_a_cluster_add_up_to_one_unit_and_the_mean_stays_per_case() -> None:
    ours = [one("a", 1, cluster="x"), one("b", 1, cluster="x"), one("x", 0)]
    theirs = [one("a", 0, cluster="x"), one("b", 0, cluster="x"), one("x", 1)]
    found = both(ours, theirs)
    assert found.differences == (-1.0, 2.0)
    assert (found.n, found.cases, found.wins, found.losses) == (2, 3, 1, 1)
    assert found.mean == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("ours", "theirs", "difference"),
    [
        pytest.param([], [one("a", 1)], -1.0, id="candidate missing"),
        pytest.param([one("a", 1)], [], 1.0, id="incumbent missing"),
        pytest.param([one("a", 1, failed=True)], [one("a", 1)], -1.0, id="candidate broke"),
        pytest.param([one("a", 1)], [one("a", 1, failed=True)], 1.0, id="incumbent broke"),
    ],
)
def test_a_missing_or_broken_case_scores_on_error_on_its_own_arm(
    ours: list[CaseScore], theirs: list[CaseScore], difference: float
) -> None:
    rest = [one("z", 1)]
    found = both(ours + rest, theirs + rest, expected={"a": (), "z": ()})
    assert found.differences == tuple(sorted((difference, 0.0)))


def test_missing_lines_are_a_share_of_the_arm_that_lacks_more_but_broken_ones_are_not_missing() -> (
    None
):
    whole = [one(name, 1, failed=name == "a") for name in "abcd"]
    assert both(whole, whole).missing == 0
    assert both(whole[:3], whole).missing == 0.25
    assert both(whole, whole[:1]).missing == 0.75
    assert both(whole, [*whole, one("a", 1, rep=1)]).missing == 0.5


def test_a_case_that_both_arms_lack_is_missing_too() -> None:
    found = both([one("a", 1)], [one("a", 0)], expected={"a": (), "b": ()})
    assert (found.cases, found.missing) == (2, 0.5)


def test_only_the_cases_of_the_slice_are_compared_even_if_an_arm_lacks_them() -> None:
    expected = {"a": ("dense",), "b": ("natural",), "c": ("dense", "blind")}
    ours = [one("a", 1, slices=("dense",)), one("b", 1, slices=("natural",))]
    found = both(ours, ours, key="score@dense", expected=expected)
    assert found.ids == {"a", "c"}
    assert found.missing == 0.5


def test_a_case_without_the_metric_on_either_arm_is_outside_the_comparison() -> None:
    other = CaseScore(case="b", metrics={"keep": 1})
    found = both([one("a", 1), other], [one("a", 1), other])
    assert (found.ids, found.missing) == ({"a"}, 0)


def test_a_metric_that_an_arm_never_reports_counts_as_wholly_missing() -> None:
    other = CaseScore(case="a", metrics={"keep": 1})
    assert both([other], [one("a", 1)]).missing == 1


def test_a_broken_case_never_wins_where_less_is_better() -> None:
    ours = [one("a", 0, failed=True), one("b", 0.5)]
    theirs = [one("a", 0.9), one("b", 0.5)]
    assert both(ours, theirs, direction="min").wins == 0


@pytest.mark.parametrize(
    ("ours", "message"),
    [
        ([one("a", 1), one("a", 0)], "the candidate reports case 'a', repetition 0, twice"),
        ([one("q", 1)], "scored case 'q' .1 in all., which is not among the 1 cases"),
    ],
    ids=["doubled", "unasked for"],
)
def test_lines_that_could_buy_a_gain_are_refused(ours: list[CaseScore], message: str) -> None:
    with pytest.raises(GateError, match=message):
        both(ours, [one("a", 1)], expected={"a": ()})


def test_scores_of_only_0_and_1_are_not_graded(lines: Callable[..., tuple[CaseScore, ...]]) -> None:
    assert not both(lines([0, 1]), lines([1, 1])).graded
    assert both(lines([0, 0.5]), lines([1, 1])).graded


def test_one_constant_difference_is_seen_as_such(
    lines: Callable[..., tuple[CaseScore, ...]],
) -> None:
    assert both(lines([0.5, 0.6]), lines([0.4, 0.5])).constant
    assert not both(lines([0.5, 0.5]), lines([0.5, 0.5])).constant
    assert not both(lines([0.5]), lines([0.4])).constant


def test_nothing_to_compare_is_not_a_number() -> None:
    found = both([], [])
    assert math.isnan(found.mean)
    assert not found.finite


def test_cases_that_both_arms_lack_are_units_of_their_own() -> None:
    found = both([one("a", 1)], [one("a", 0)], expected={"a": (), "b": (), "c": ()})
    assert (found.n, found.cases) == (3, 3)


def test_a_case_without_the_metric_in_any_repetition_is_outside_the_comparison() -> None:
    other = [CaseScore(case="b", rep=rep, metrics={"keep": 1}) for rep in range(2)]
    ours = [one("a", 1), one("a", 1, rep=1), *other]
    assert both(ours, ours).ids == {"a"}
    assert both(ours, ours[:-1]).ids == {"a", "b"}
