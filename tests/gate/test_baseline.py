import math
from collections.abc import Callable

import pytest

from runner.core.score import CaseScore
from runner.evals.model import Eval, Metric
from runner.gate.baseline import baseline, check_baseline
from runner.gate.declaration import problems
from runner.gate.errors import GateError
from runner.gate.heldout import score_interval
from runner.gate.interval import bca
from runner.spec.model import Gate


def test_every_key_is_claimed_with_the_interval_of_its_score(eval_: Eval) -> None:
    scores = [
        CaseScore(case=f"c{i}", slices=("dense",) if i < 10 else (), metrics={"score": i % 2})
        for i in range(40)
    ]
    found = baseline(scores, eval_)
    assert set(found.heldout) == {"score", "score@dense"}
    assert found.heldout["score"].candidate == 0.5
    assert found.heldout["score"].incumbent is None
    assert found.heldout["score"].interval == (0.35, 0.65)
    assert (found.saturated, found.constant, found.missing) == ((), (), 0.0)


@pytest.mark.parametrize(
    ("metric", "values", "ceiling", "saturated"),
    [
        pytest.param("score", [1] * 99 + [0], None, True, id="binary, within 0.01"),
        pytest.param("score", [1] * 98 + [0] * 2, None, False, id="binary, 0.02 off"),
        pytest.param("score", [0.995] * 50 + [0.999] * 50, None, False, id="graded, no ceiling"),
        pytest.param("score", [0.995] * 50 + [0.999] * 50, 1.0, True, id="graded, ceiling told"),
        pytest.param("loss", [0.1, 0.11], 0.1, True, id="lower is better, within 0.01"),
        pytest.param("loss", [0, 0], None, True, id="lower is better, binary"),
        pytest.param("loss", [1, 1], None, False, id="lower is better, at its worst"),
    ],
)
def test_a_metric_without_room_is_flagged(
    *,
    eval_: Eval,
    lines: Callable[..., tuple[CaseScore, ...]],
    metric: str,
    values: list[float],
    ceiling: float,
    saturated: bool,
) -> None:
    metrics = eval_.metrics | {
        metric: Metric(direction=eval_.metrics[metric].direction, ceiling=ceiling)
    }
    found = baseline(lines(values, metric=metric), eval_.model_copy(update={"metrics": metrics}))
    assert (found.saturated == (metric,)) is saturated


def test_a_constant_metric_is_flagged_and_has_no_interval(
    eval_: Eval, lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    found = baseline(lines([0.3] * 9), eval_)
    assert found.constant == ("score",)
    assert found.heldout["score"].interval is None


def test_missing_cases_are_counted_against_those_expected(
    eval_: Eval, lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    expected = {f"c{i:04d}": () for i in range(4)}
    assert baseline(lines([1, 0, 1]), eval_, expected=expected).missing == 0.25


def test_a_number_that_a_row_cannot_carry_is_left_out(
    eval_: Eval, lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    broken = lines([1])[0].model_copy(update={"metrics": {"score": math.nan, "loss": 0.5}})
    assert set(baseline([broken], eval_).heldout) == {"loss"}


def test_an_undeclared_metric_is_shown_but_never_flagged(
    eval_: Eval, lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    found = baseline(lines([1, 1], metric="tokens"), eval_)
    assert found.heldout["tokens"].candidate == 1
    assert found.saturated == ()


def test_a_slice_shares_no_interval_with_one_that_is_not_a_number(eval_: Eval) -> None:
    scores = [CaseScore(case=f"c{i}", metrics={"score": i % 2}) for i in range(4)]
    endless = scores[0].model_copy(update={"metrics": {"score": math.inf}})
    assert score_interval([endless, *scores[1:]], key="score", eval_=eval_, seed=1) is None


def test_clusters_widen_the_interval(eval_: Eval) -> None:
    def arm(size: int) -> list[CaseScore]:
        return [
            CaseScore(case=f"c{i:02d}", cluster=f"k{i // size}", metrics={"score": i // 4 % 2})
            for i in range(40)
        ]

    alone, together = (baseline(arm(size), eval_).heldout["score"].interval for size in (1, 4))
    assert alone is not None
    assert together is not None
    assert together[1] - together[0] > 1.5 * (alone[1] - alone[0])


class TestCheck:
    def test_graded_scores_without_a_smallest_gain_stop_at_the_baseline(
        self, eval_: Eval, lines: Callable[..., tuple[CaseScore, ...]]
    ) -> None:
        with pytest.raises(GateError, match="the smallest gain that counts must be above 0, got 0"):
            check_baseline(lines([0.5, 1]), Gate(), eval_)
        check_baseline(lines([0.5, 1]), Gate(min_delta=0.01), eval_)
        check_baseline(lines([0, 1]), Gate(), eval_)
        check_baseline(lines([0.5, 1]), Gate(kind="fixtures"), eval_)

    def test_a_scalar_is_always_graded(
        self, eval_: Eval, lines: Callable[..., tuple[CaseScore, ...]]
    ) -> None:
        with pytest.raises(GateError, match="min_delta"):
            check_baseline(lines([1]), Gate(kind="scalar"), eval_)

    def test_a_check_whose_metric_nothing_scores_stops_at_the_baseline(
        self, eval_: Eval, lines: Callable[..., tuple[CaseScore, ...]]
    ) -> None:
        gate = Gate.model_validate({"checks": {"red_team": {"metric": "safe"}}})
        with pytest.raises(GateError) as error:
            check_baseline(lines([0, 1]), gate, eval_)
        assert str(error.value) == (
            "gate.checks: no case scores safe, which a check reads; the checker wrote score"
        )
        with pytest.raises(GateError, match=r"a check reads; the checker wrote nothing$"):
            check_baseline([], gate, eval_)


class TestProblems:
    def test_a_gate_that_fits_has_none(self, eval_: Eval) -> None:
        assert problems(Gate(guards={"keep_rate@dense": {"max": 0.7}}), eval_) == ()

    def test_every_problem_is_told_at_once(self, eval_: Eval) -> None:
        gate = Gate(primary="exact@dense", guards={"f1": {"max": 1}, "loss": {}})
        assert problems(gate, eval_.model_copy(update={"reps": 2})) == (
            "gate.primary: metric 'exact' is not in eval demo, which has keep_rate, loss, score",
            "gate.guards.f1: metric 'f1' is not in eval demo, which has keep_rate, loss, score",
            "gate.guards.loss: an empty guard guards nothing; give max, min or tolerance",
            (
                "gate.min_delta: exact@dense is graded (not only 0 and 1), so the smallest gain "
                "that counts must be above 0, got 0"
            ),
        )

    def test_a_scalar_cannot_watch_critical_cases(self, eval_: Eval) -> None:
        gate = Gate(kind="scalar", min_delta=0.1)
        assert problems(gate, eval_.model_copy(update={"critical": ("a",)})) == (
            "gate.kind: scalar judges one number per run and cannot watch critical cases",
        )


def test_a_broken_case_differs_from_one_that_was_solved(
    eval_: Eval, lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    solved = lines([1, 1])
    half = [solved[0], solved[1].model_copy(update={"failed": True})]
    assert baseline(half, eval_).constant == ()
    assert baseline(solved, eval_).constant == ("score",)


def test_a_baseline_where_less_is_better_is_checked_with_its_broken_cases_at_the_worst(
    eval_: Eval, lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    whole = lines([1, 1], metric="loss")
    half = [whole[0], whole[1].model_copy(update={"failed": True})]
    check_baseline(half, Gate(primary="loss"), eval_.model_copy(update={"on_error": 0.5}))
    with pytest.raises(GateError, match="loss is graded"):
        check_baseline(half, Gate(primary="loss"), eval_.model_copy(update={"on_error": 1.5}))


def test_the_interval_of_a_graded_score_is_drawn_from_the_seed(
    eval_: Eval, lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    values = [math.sqrt(n / 100) for n in range(80)]
    found = baseline(lines(values), eval_, seed=5).heldout["score"].interval
    assert found == bca(values, cases=80, seed=5)
    assert found != bca(values, cases=80, seed=6)
