import math
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from runner.core.row import Look
from runner.core.score import CaseScore
from runner.gate.decide import decide
from runner.gate.errors import GateError
from runner.gate.question import Decision, Question

ALPHA = 0.05 / 3


def binary(wins: int, losses: int, n: int) -> tuple[list[float], list[float]]:
    rest = n - wins - losses
    ours = [1.0] * wins + [0.0] * losses + [1.0] * rest
    theirs = [0.0] * wins + [1.0] * losses + [1.0] * rest
    return ours, theirs


def test_thirty_wins_to_ten_losses_of_two_hundred_are_accepted(
    ask: Callable[..., Question],
) -> None:
    decision = decide(ask(*binary(30, 10, 200), looks=4))
    assert decision.verdict == "accept"
    assert decision.numbers is not None
    assert (decision.numbers.n, decision.numbers.wins, decision.numbers.losses) == (200, 30, 10)
    assert decision.numbers.d == 0.1
    assert decision.numbers.interval == (0.04, 0.16)
    assert decision.numbers.looks == 5
    assert decision.numbers.mde == pytest.approx(0.098, abs=0.005)
    assert decision.look == Look(spent=True, underpowered=False)
    assert decision.heldout["score"].candidate == 0.95
    assert decision.heldout["score"].incumbent == 0.85
    assert decision.heldout["score"].interval is not None
    assert (
        decision.reason
        == decision.detail
        == (
            "the candidate is better than the incumbent: score +0.1000 (30 wins, 10 losses of 200 "
            "held-out cases, 95 % interval +0.040 to +0.160; p = 0.001111 at level 0.01667, "
            "look 5); a failure rate below 3/200 = 0.015 is invisible here"
        )
    )


@pytest.mark.parametrize(
    ("wins", "losses", "verdict"),
    [
        pytest.param(6, 0, "accept", id="above: p = 1/64"),
        pytest.param(5, 0, "reject", id="below: p = 1/32"),
        pytest.param(10, 10, "reject", id="tie"),
        pytest.param(0, 6, "reject", id="regression"),
        pytest.param(0, 0, "reject", id="identical arms"),
    ],
)
def test_only_a_gain_below_the_level_is_accepted(
    ask: Callable[..., Question], wins: int, losses: int, verdict: str
) -> None:
    assert decide(ask(*binary(wins, losses, 50))).verdict == verdict


def test_a_p_equal_to_the_level_is_accepted(ask: Callable[..., Question]) -> None:
    assert decide(ask(*binary(5, 0, 50), alpha=2**-5)).verdict == "accept"


@pytest.mark.parametrize(
    ("least", "verdict"),
    [(0.1, "accept"), (0.100001, "reject")],
    ids=["a gain equal to min_delta", "a significant gain below min_delta"],
)
def test_the_smallest_gain_that_counts_is_inclusive(
    ask: Callable[..., Question], least: float, verdict: str
) -> None:
    assert decide(ask(*binary(30, 10, 200), gate={"min_delta": least})).verdict == verdict


def test_a_significant_gain_in_a_metric_where_less_is_better_is_a_drop(
    ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    low = lines([0.2 + i / 1000 for i in range(30)], metric="loss")
    high = lines([0.4 + i / 500 for i in range(30)], metric="loss")
    gate = {"primary": "loss", "min_delta": 0.01}
    assert decide(ask(low, high, gate=gate)).verdict == "accept"
    assert decide(ask(high, low, gate=gate)).verdict == "reject"


def test_a_candidate_that_is_not_a_number_is_rejected_even_if_ahead_on_dev(
    ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    broken = lines([1.0])[0].model_copy(update={"metrics": {"score": math.nan}})
    decision = decide(ask((broken, *lines([1] * 9)[1:]), [0] * 9, dev=(0, 1)))
    assert decision.verdict == "reject"
    assert decision.reason == "a score of score is not a number"
    assert decision.numbers is None


class TestKeep:
    @pytest.mark.parametrize(
        ("dev", "verdict"),
        [((0.5, 0.6), "keep"), ((0.5, 0.5), "reject"), ((0.6, 0.5), "reject"), (None, "reject")],
        ids=["ahead on dev", "level on dev", "behind on dev", "no dev split"],
    )
    def test_undecided_work_goes_on_only_from_what_is_strictly_ahead_on_dev(
        self, ask: Callable[..., Question], dev: tuple[float, float] | None, verdict: str
    ) -> None:
        assert decide(ask(*binary(5, 4, 50), dev=dev)).verdict == verdict

    def test_ahead_means_lower_where_less_is_better(
        self, ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
    ) -> None:
        arm = lines([0.1, 0.2, 0.3], metric="loss")
        gate = {"primary": "loss", "min_delta": 0.01}
        assert decide(ask(arm, arm, gate=gate, dev=(0.5, 0.4))).verdict == "keep"
        assert decide(ask(arm, arm, gate=gate, dev=(0.4, 0.5))).verdict == "reject"

    @pytest.mark.parametrize(
        ("losses", "verdict"), [(4, "keep"), (5, "reject")], ids=["p = 1/16", "p = 1/32"]
    )
    def test_a_shown_loss_is_not_kept(
        self, ask: Callable[..., Question], losses: int, verdict: str
    ) -> None:
        assert decide(ask(*binary(0, losses, 50), dev=(0, 1))).verdict == verdict

    def test_nan_on_dev_keeps_nothing(self, ask: Callable[..., Question]) -> None:
        assert decide(ask(*binary(1, 1, 50), dev=(0.5, math.nan))).verdict == "reject"

    @pytest.mark.parametrize("dev", [(0, 1), (1, 0)], ids=["keep", "reject"])
    def test_the_plain_reason_holds_no_heldout_number_and_the_detail_does(
        self, ask: Callable[..., Question], dev: tuple[float, float] | None
    ) -> None:
        decision = decide(ask(*binary(9, 7, 80), dev=dev))
        note = "a failure rate below 3/80 = 0.0375 is invisible here"
        assert decision.reason.endswith(note)
        plain = decision.reason.removesuffix(note)
        assert not any(letter.isdigit() for letter in plain)
        assert "+0.0250 (9 wins, 7 losses of 80" in decision.detail
        assert decision.heldout["score"].interval is None


class TestGraded:
    def test_graded_scores_need_a_smallest_gain(self, ask: Callable[..., Question]) -> None:
        with pytest.raises(GateError, match=r"gate.min_delta: score is graded .* got 0"):
            decide(ask([0.5, 0.6], [0.4, 0.4]))

    def test_one_constant_gain_without_ties_is_refused(self, ask: Callable[..., Question]) -> None:
        decision = decide(ask([0.6] * 50, [0.5] * 50, gate={"min_delta": 0.01}, dev=(0, 1)))
        assert decision.verdict == "reject"
        assert "one and the same amount" in decision.reason
        assert decision.numbers is not None
        assert decision.numbers.interval is None

    def test_a_binary_sweep_is_a_gain_although_it_has_no_width(
        self, ask: Callable[..., Question]
    ) -> None:
        decision = decide(ask([1] * 20, [0] * 20))
        assert decision.verdict == "accept"

    def test_a_gain_of_less_than_a_thousandth_is_none(self, ask: Callable[..., Question]) -> None:
        ours = [0.5001 + 0.00001 * i for i in range(40)]
        assert decide(ask(ours, [0.5] * 40, gate={"min_delta": 0.00001})).verdict == "reject"

    def test_a_clear_graded_gain_is_accepted(self, ask: Callable[..., Question]) -> None:
        rng = random.Random(1)
        theirs = [rng.random() * 0.5 for _ in range(60)]
        ours = [score + rng.gauss(0.1, 0.1) for score in theirs]
        decision = decide(ask(ours, theirs, gate={"min_delta": 0.01}))
        assert decision.verdict == "accept"
        assert decision.numbers is not None
        assert decision.numbers.mde == pytest.approx(0.038, abs=0.01)


class TestUnderpowered:
    @pytest.mark.parametrize(
        ("worth", "expected"),
        [(0.05, True), (0.2, False)],
        ids=["the interval still reaches worth", "it does not"],
    )
    def test_a_look_says_whether_a_gain_worth_having_stayed_possible(
        self, *, ask: Callable[..., Question], worth: float, expected: bool
    ) -> None:
        decision = decide(ask(*binary(5, 4, 60), gate={"worth": worth}))
        assert decision.look == Look(spent=True, underpowered=expected)

    @pytest.mark.parametrize(("n", "expected"), [(50, True), (100, False)])
    def test_without_any_difference_the_rule_of_three_bounds_the_gain(
        self, *, ask: Callable[..., Question], n: int, expected: bool
    ) -> None:
        assert decide(ask([1] * n, [1] * n)).look.underpowered is expected


class TestInfrastructure:
    @pytest.mark.parametrize(
        ("missing", "verdict"),
        [(4, "accept"), (5, "error")],
        ids=["at max_infra_fail", "beyond it"],
    )
    def test_too_many_missing_cases_are_an_error_that_spends_no_look(
        self,
        ask: Callable[..., Question],
        lines: Callable[..., tuple[CaseScore, ...]],
        missing: int,
        verdict: str,
    ) -> None:
        ours, theirs = binary(40, 5, 200)
        decision = decide(ask(lines(ours)[:-missing], lines(theirs)))
        assert decision.verdict == verdict
        assert decision.look.spent is (verdict == "accept")
        assert (decision.numbers is None) is (verdict == "error")

    def test_the_error_says_what_is_missing_and_what_is_allowed(
        self, ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
    ) -> None:
        decision = decide(ask(lines([1] * 10)[:7], lines([1] * 10)))
        assert decision.reason == (
            "0.3 of the cases have no score of score on one arm; at most 0.02 may be missing "
            "(max_infra_fail); no look was spent"
        )
        assert decision.detail == decision.reason
        assert decision.heldout == {}

    def test_a_broken_candidate_is_no_infrastructure_failure(
        self, ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
    ) -> None:
        decision = decide(ask(lines([1] * 20, failed=True), [1] * 20, dev=(0, 1)))
        assert decision.verdict == "reject"
        assert decision.look.spent

    def test_no_cases_at_all_are_an_error(self, ask: Callable[..., Question]) -> None:
        assert decide(ask([], [])).verdict == "error"

    def test_an_undeclared_primary_metric_is_named(self, ask: Callable[..., Question]) -> None:
        with pytest.raises(
            GateError, match="metric exact is not in eval demo, which has keep_rate"
        ):
            decide(ask([1], [0], gate={"primary": "exact"}))


class TestSimpler:
    @pytest.mark.parametrize(
        ("gate", "surface", "verdict"),
        [
            ({"simpler": True}, (180, 120), "accept"),
            ({"simpler": True}, (120, 120), "reject"),
            ({"simpler": True}, (120, 180), "reject"),
            ({"simpler": True}, None, "reject"),
            ({}, (180, 120), "reject"),
        ],
        ids=["shorter", "as long", "longer", "no surface", "not asked for"],
    )
    def test_an_equal_score_with_a_shorter_surface_is_accepted_if_the_spec_says_so(
        self,
        ask: Callable[..., Question],
        gate: dict[str, object],
        surface: tuple[int, int] | None,
        verdict: str,
    ) -> None:
        decision = decide(ask(*binary(3, 3, 50), gate=gate, surface=surface))
        assert decision.verdict == verdict
        assert ("no gain is claimed" in decision.reason) is (verdict == "accept")

    def test_a_worse_score_is_not_made_up_for(self, ask: Callable[..., Question]) -> None:
        question = ask(*binary(3, 4, 50), gate={"simpler": True}, surface=(9, 1))
        assert decide(question).verdict == "reject"


def test_the_order_of_cases_changes_nothing_not_even_the_interval(
    ask: Callable[..., Question],
) -> None:
    rng = random.Random(4)
    theirs = [rng.random() for _ in range(40)]
    ours = [score + rng.gauss(0.02, 0.1) for score in theirs]
    question = ask(ours, theirs, gate={"min_delta": 0.001}, dev=(0, 1), seed=3)
    shuffled = list(question.candidate)
    rng.shuffle(shuffled)
    other = replace(question, candidate=shuffled, incumbent=question.incumbent[::-1])
    assert decide(other) == decide(question)


def test_swapping_the_arms_never_accepts_both(ask: Callable[..., Question]) -> None:
    ours, theirs = binary(30, 10, 200)
    assert decide(ask(theirs, ours)).verdict == "reject"


def test_repetitions_that_disagree_make_a_binary_metric_graded(
    ask: Callable[..., Question],
) -> None:
    ours = [CaseScore(case="a", rep=rep, metrics={"score": rep % 2}) for rep in range(2)]
    with pytest.raises(GateError, match="graded"):
        decide(ask(ours, ours))


def test_intervals_on_accept_are_of_the_candidates_own_score(ask: Callable[..., Question]) -> None:
    decision = decide(ask(*binary(30, 10, 200)))
    interval = decision.heldout["score"].interval
    assert interval is not None
    assert interval[0] < 0.95 < interval[1] < 1


def test_a_score_that_is_not_a_number_spends_the_look_and_shows_nothing(
    ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    arm = lines([1.0] * 20)
    broken = arm[0].model_copy(update={"metrics": {"score": math.nan}})
    assert decide(ask([broken, *arm[1:]], arm)) == Decision(
        verdict="reject",
        reason="a score of score is not a number",
        detail="a score of score is not a number",
        numbers=None,
        heldout={},
        look=Look(spent=True),
    )
