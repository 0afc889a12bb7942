"""A monitor's whole answer, word for word: compared case by case, and with other cases."""

import math
import statistics

import pytest
from scipy.stats import fisher_exact, norm

from runner.core.receipt import VerdictReceipt
from runner.core.row import GateNumbers, HeldoutScore, Look
from runner.core.score import CaseScore
from runner.evals.model import Eval, Metric
from runner.gate.interval import bca
from runner.gate.power import mde, mde_graded
from runner.gate.receipt import Opened
from runner.gate.unpaired import Unpaired, loss, units
from runner.gate.watch import Watched, watched
from runner.spec.model import Gate, Spec
from runner.spec.watch import Watch

EVAL = Eval(
    eval="e",
    version=1,
    checker="agreement",
    metrics={"score": Metric(direction="max"), "loss": Metric(direction="min")},
)
LEVEL = 0.05 / 58


def lines(*scores: float, start: int = 0, **fields: object) -> tuple[CaseScore, ...]:
    return tuple(
        CaseScore(case=f"c{start + n}", metrics={"score": score}, **fields)
        for n, score in enumerate(scores)
    )


def asked(
    now: tuple[CaseScore, ...],
    then: tuple[CaseScore, ...],
    *,
    drifted: bool = False,
    primary: str = "score",
    expected: dict[str, tuple[str, ...]] | None = None,
) -> Watched:
    spec = Spec.model_validate(
        {
            "version": 1,
            "loop": "eyes",
            "make": "none",
            "check": {"command": ["x"]},
            "gate": Gate(primary=primary, min_delta=0.05),
            "watch": Watch(),
            "seed": 3,
        }
    )
    opened = Opened(expected or {}, {"candidate": now, "incumbent": then})
    return Watched(spec, EVAL, opened, drifted=drifted, looks=4, reference=7)


def test_a_drop_case_by_case_is_told_with_its_numbers() -> None:
    now, then = lines(*[0.0] * 11, *[1.0] * 9), lines(*[1.0] * 20)
    span = bca([-1.0] * 11 + [0.0] * 9, cases=20, seed=3)
    assert span is not None
    assert watched(asked(now, then)) == VerdictReceipt(
        verdict="drifted",
        reason=(
            f"a drop shows against row 7: score -0.5500 (20 cases, one by one, 95 % interval"
            f" {span[0]:+.3f} to {span[1]:+.3f}; p of a loss 0.0004883 at level 0.0008621)"
        ),
        heldout={"score": HeldoutScore(candidate=0.45, incumbent=1.0)},
        gate=GateNumbers(
            n=20,
            wins=0,
            losses=11,
            d=-0.55,
            interval=span,
            p=2**-11,
            alpha=LEVEL,
            looks=5,
            mde=mde(20, alpha=LEVEL, churn=0.55),
            guards={},
        ),
        look=Look(spent=True),
    )


@pytest.mark.parametrize(
    ("lost", "drifted", "verdict", "said"),
    [
        (2, False, "steady", "no drop shows"),
        (11, False, "drifted", "a drop shows"),
        (4, True, "steady", "the drop does not show any more"),
        (5, True, "drifted", "the drop still shows"),
    ],
    ids=["steady", "begins", "ends", "goes on"],
)
def test_a_drift_begins_at_a_checks_level_and_goes_on_at_0_05(
    lost: int, *, drifted: bool, verdict: str, said: str
) -> None:
    now = lines(*[0.0] * lost, *[1.0] * (20 - lost))
    found = watched(asked(now, lines(*[1.0] * 20), drifted=drifted))
    assert found.gate is not None
    assert (found.verdict, found.gate.p) == (verdict, 2**-lost)
    assert found.gate.alpha == (0.05 if drifted else LEVEL)
    assert found.reason.startswith(f"{said} against row 7: score ")


def test_without_spread_no_interval_is_told() -> None:
    found = watched(asked(lines(*[0.5] * 12), lines(*[0.6] * 12)))
    assert found.reason == (
        "a drop shows against row 7: score -0.1000"
        " (12 cases, one by one; p of a loss 0.0002441 at level 0.0008621)"
    )


def test_graded_drops_are_seen_by_the_spread_per_case() -> None:
    now = lines(*[0.1, 0.3] * 3, cluster="") + lines(0.2, 0.2, start=6, cluster="k")
    then = lines(*[0.5] * 6) + lines(0.5, 0.4, start=6, cluster="k")
    found = watched(asked(now, then)).gate
    differences = [-0.4, -0.2] * 3 + [-0.5]
    assert found is not None
    assert (found.n, found.d) == (7, round(math.fsum(differences) / 8, 12))
    spread = statistics.pstdev(differences) * 7 / 8
    assert found.mde == pytest.approx(mde_graded(7, alpha=LEVEL, spread=spread))
    assert found.mde is None or found.mde > 0


def test_lower_is_better_turns_a_rise_into_a_drop() -> None:
    def losses(value: float, start: int) -> tuple[CaseScore, ...]:
        return tuple(CaseScore(case=f"c{start + n}", metrics={"loss": value}) for n in range(12))

    paired = watched(asked(losses(0.6, 0), losses(0.5, 0), primary="loss"))
    other = watched(asked(losses(0.6, 50), losses(0.5, 0), primary="loss"))
    assert paired.gate is not None
    assert other.gate is not None
    assert (paired.verdict, paired.gate.d) == ("drifted", -0.1)
    assert (other.verdict, other.gate.d) == ("drifted", -0.1)


def test_other_cases_are_compared_as_two_sets() -> None:
    now, then = lines(*[1.0] * 4, *[0.0] * 16, start=50), lines(*[1.0] * 16, *[0.0] * 4)
    p = fisher_exact([[4, 16], [16, 4]], alternative="less").pvalue
    error = math.sqrt(2 * statistics.variance([1.0] * 4 + [0.0] * 16) / 20)
    low, high = -0.6 - norm.ppf(0.975) * error, -0.6 + norm.ppf(0.975) * error
    found = watched(asked(now, then))
    assert found.reason == (
        "a drop shows against row 7: score -0.6000 (20 cases, other than the reference's, 95 %"
        f" interval {low:+.3f} to {high:+.3f}; p of a loss {p:.4g} at level 0.0008621)"
    )
    assert found.gate is not None
    assert (found.gate.n, found.gate.wins, found.gate.losses) == (20, 0, 0)
    assert (found.gate.p, found.gate.looks) == (pytest.approx(p), 5)
    assert found.gate.interval == pytest.approx((low, high))
    edges = norm.isf(LEVEL) + norm.ppf(0.8)
    assert found.gate.mde == pytest.approx(edges * error)
    assert found.heldout == {"score": HeldoutScore(candidate=0.2, incumbent=0.8)}


def test_shuffles_of_other_graded_cases_are_seeded_by_the_spec_and_the_looks() -> None:
    now = lines(*[n / 40 for n in range(20)], start=50)
    then = lines(*[n / 30 for n in range(20)])
    sides = Unpaired(
        tuple(line.metrics["score"] for line in now), tuple(line.metrics["score"] for line in then)
    )
    found = watched(asked(now, then)).gate
    assert found is not None
    assert found.p == loss(sides, level=LEVEL, seed=3 + 4)
    assert found.p != loss(sides, level=LEVEL, seed=3)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        pytest.param(
            lines(1.0, 1.0, 1.0),
            "0.4 of the reference's cases have no score of score;"
            " at most 0.02 may be missing (max_infra_fail)",
            id="cases left out",
        ),
        pytest.param(
            (CaseScore(case="c50", metrics={"loss": 1.0}),),
            "no case has a score of score that is a number",
            id="another metric of other cases",
        ),
    ],
)
def test_what_was_not_seen_is_an_error_and_no_look(now: tuple[CaseScore, ...], reason: str) -> None:
    found = watched(asked(now, lines(*[1.0] * 5)))
    assert found == VerdictReceipt(verdict="error", reason=reason)


def test_a_score_that_is_no_number_is_an_error() -> None:
    broken = lines(1.0)[0].model_copy(update={"metrics": {"score": math.nan}})
    other = broken.model_copy(update={"case": "c50"})
    for line in (broken, other):
        assert watched(asked((line,), lines(1.0))) == VerdictReceipt(
            verdict="error", reason="no case has a score of score that is a number"
        )


def test_lines_that_appear_twice_are_an_error_that_says_so() -> None:
    found = watched(asked((*lines(1.0), *lines(1.0)), lines(1.0)))
    assert found.verdict == "error"
    assert found.reason.startswith("the candidate reports case 'c0', repetition 0, twice;")


def test_cases_that_the_engine_drew_anew_are_missed_among_themselves() -> None:
    drawn = {f"c{50 + n}": () for n in range(3)}
    found = watched(asked(lines(1.0, 0.0, start=50), lines(*[1.0] * 5), expected=drawn))
    assert found == VerdictReceipt(verdict="error", reason="0.333 of the cases have no score")
    whole = watched(asked(lines(1.0, 0.0, 0.0, start=50), lines(*[1.0] * 5), expected=drawn))
    assert whole.gate is not None
    assert (whole.verdict, whole.gate.n) == ("steady", 3)


def test_half_of_the_references_cases_are_enough_to_compare_case_by_case() -> None:
    then = lines(*[1.0] * 12)
    kept = {f"c{n}": () for n in range(6)} | {f"c{50 + n}": () for n in range(6)}
    now = lines(*[0.0] * 6) + lines(*[0.0] * 6, start=50)
    half = watched(asked(now, then, expected=kept))
    assert "(6 cases, one by one;" in half.reason
    fewer = dict.fromkeys([*kept][1:], ())
    less = watched(asked(now[1:], then, expected=fewer))
    assert "(11 cases, other than the reference's;" in less.reason


def test_a_slice_is_read_off_the_split_where_there_is_one_and_else_off_the_reference() -> None:
    now, then = lines(*[0.0] * 4), lines(1.0, 1.0, slices=("rare",)) + lines(1.0, 1.0, start=2)
    foreign = watched(asked(now, then, primary="score@rare")).gate
    split = {"c0": (), "c1": ("rare",), "c2": ("rare",), "c3": ("rare",)}
    declared = watched(asked(now, then, primary="score@rare", expected=split)).gate
    assert foreign is not None
    assert declared is not None
    assert (foreign.n, declared.n) == (2, 3)


def test_the_spread_of_other_cases_needs_two_on_each_side() -> None:
    one = Unpaired((0.0,), (1.0, 0.0, 1.0))
    assert (one.error, one.interval(), one.mde(0.05)) == (0.0, None, None)
    two = Unpaired((0.0, 1.0), (1.0, 0.0, 1.0))
    assert two.mean == round(0.5 - 2 / 3, 12)
    assert two.error == pytest.approx(math.sqrt(0.5 / 2 + 1 / 3 / 3))


def test_a_case_and_a_cluster_of_one_name_are_two_units() -> None:
    told = [
        CaseScore(case="k", metrics={}),
        CaseScore(case="a", metrics={}, cluster="k"),
    ]
    assert units({"k": 1.0, "a": 0.5, "stray": 0.25}, told, sign=1) == (0.25, 0.5, 1.0)


def test_two_values_other_than_0_and_1_are_counted_exactly_too() -> None:
    now, then = (0.25,) * 6 + (0.5,) * 2, (0.5,) * 7 + (0.25,)
    exact = fisher_exact([[2, 6], [7, 1]], alternative="less").pvalue
    assert loss(Unpaired(now, then), level=0.01, seed=1) == pytest.approx(exact)
