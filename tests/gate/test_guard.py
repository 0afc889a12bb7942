import math
from collections.abc import Callable

import pytest

from runner.core.row import SMALLEST_P, GateNumbers
from runner.core.score import CaseScore
from runner.gate.compare import ahead_on_dev
from runner.gate.decide import decide
from runner.gate.guard import guard_states
from runner.gate.question import GuardState, Question
from runner.gate.wording import broken_guards, numbers_in_words


def arm(score: list[float], keep: list[float], **fields: object) -> list[CaseScore]:
    return [
        CaseScore(case=f"c{i:03d}", metrics={"score": s, "keep_rate": k}, **fields)
        for i, (s, k) in enumerate(zip(score, keep, strict=True))
    ]


def gain(keep: float, n: int = 20) -> tuple[list[CaseScore], list[CaseScore]]:
    return arm([1.0] * n, [keep] * n), arm([0.0] * n, [0.5] * n)


@pytest.mark.parametrize(
    ("limits", "keep", "state"),
    [
        pytest.param({"max": 0.7}, 0.69, "holds", id="below the cap"),
        pytest.param({"max": 0.7}, 0.7, "holds", id="at the cap"),
        pytest.param({"max": 0.7}, 0.71, "broken", id="above the cap"),
        pytest.param({"min": 0.7}, 0.69, "broken", id="below the floor"),
        pytest.param({"min": 0.7}, 0.7, "holds", id="at the floor"),
        pytest.param({"min": 0.2, "max": 0.7}, 0.5, "holds", id="between both"),
        pytest.param({"max": 0.7}, math.nan, "broken", id="not a number"),
    ],
)
def test_hard_limits_are_held_against_the_point_estimate(
    ask: Callable[..., Question], limits: dict[str, object], keep: float, state: str
) -> None:
    ours, theirs = gain(0.5)
    ours = [
        line.model_copy(update={"metrics": line.metrics | {"keep_rate": keep}}) for line in ours
    ]
    question = ask(ours, theirs, gate={"guards": {"keep_rate": limits}})
    assert guard_states(question) == {"keep_rate": state}
    assert decide(question).verdict == ("accept" if state == "holds" else "reject")


def test_a_broken_guard_vetoes_a_keep_too(ask: Callable[..., Question]) -> None:
    ours, _theirs = gain(0.9)
    question = ask(ours, ours, gate={"guards": {"keep_rate": {"max": 0.7}}}, dev=(0, 1))
    decision = decide(question)
    assert decision.verdict == "reject"
    assert decision.reason.startswith("guard keep_rate is broken; ")


def test_a_guard_whose_metric_is_missing_is_not_a_pass(
    ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    decision = decide(
        ask([1] * 20, [0] * 20, gate={"guards": {"keep_rate@dense": {"max": 0.7}}}, dev=(0, 1))
    )
    assert decision.verdict == "reject"
    assert decision.numbers is not None
    assert decision.numbers.guards == {"keep_rate@dense": "not_evaluated"}
    assert "guard keep_rate@dense was not evaluated, which is not a pass" in decision.reason


@pytest.mark.parametrize(
    ("drops", "tolerance", "state"),
    [
        pytest.param(10, 0.01, "broken", id="significant and larger than tolerated"),
        pytest.param(4, 0.01, "holds", id="larger than tolerated but within chance"),
        pytest.param(10, 0.1, "holds", id="significant but exactly tolerated"),
        pytest.param(10, 0.2, "holds", id="significant but tolerated"),
        pytest.param(0, 0.0, "holds", id="no drop"),
    ],
)
def test_a_tolerance_vetoes_only_a_significant_drop_beyond_it(
    ask: Callable[..., Question], drops: int, tolerance: float, state: str
) -> None:
    n = 100
    ours = arm([1.0] * n, [1.0] * drops + [0.0] * (n - drops))
    theirs = arm([0.0] * n, [0.0] * n)
    question = ask(ours, theirs, gate={"guards": {"keep_rate": {"tolerance": tolerance}}})
    assert guard_states(question) == {"keep_rate": state}


def test_an_improved_guard_metric_holds(ask: Callable[..., Question]) -> None:
    ours, theirs = gain(0.1)
    question = ask(ours, theirs, gate={"guards": {"keep_rate": {"tolerance": 0}}})
    assert guard_states(question) == {"keep_rate": "holds"}


def test_on_fewer_than_five_cases_the_point_estimate_decides(ask: Callable[..., Question]) -> None:
    ours, theirs = gain(0.9, n=3)
    question = ask(ours, theirs, gate={"guards": {"keep_rate": {"tolerance": 0.1}}})
    assert guard_states(question) == {"keep_rate": "broken"}


def test_a_tolerance_without_an_incumbents_score_is_not_evaluated(
    ask: Callable[..., Question],
) -> None:
    ours, _ = gain(0.5)
    question = ask(ours, [0] * 20, gate={"guards": {"keep_rate": {"tolerance": 0.1}}})
    assert guard_states(question) == {"keep_rate": "not_evaluated"}


def test_a_broken_case_cannot_buy_a_lower_keep_rate(ask: Callable[..., Question]) -> None:
    ours, theirs = gain(0.8)
    half = [line.model_copy(update={"failed": i < 10}) for i, line in enumerate(ours)]
    question = ask(half, theirs, gate={"guards": {"keep_rate": {"max": 0.7}}})
    assert guard_states(question) == {"keep_rate": "broken"}


@pytest.mark.parametrize(
    ("critical", "verdict", "state"),
    [
        (("c0007",), "accept", "holds"),
        (("c0199",), "reject", "broken"),
        (("absent",), "reject", "not_evaluated"),
    ],
    ids=["kept", "lost", "not among the cases"],
)
def test_a_lost_critical_case_vetoes_a_significant_gain(
    ask: Callable[..., Question], critical: tuple[str, ...], verdict: str, state: str
) -> None:
    ours, theirs = [1] * 40 + [0] * 160, [0] * 199 + [1]
    decision = decide(ask(ours, theirs, evals={"critical": critical}))
    assert decision.verdict == verdict
    assert decision.numbers is not None
    assert decision.numbers.guards == {"critical": state}


def test_critical_cases_count_outside_the_primarys_slice(ask: Callable[..., Question]) -> None:
    ours = [
        CaseScore(case=f"c{i}", slices=("dense",) if i else (), metrics={"score": float(i > 0)})
        for i in range(30)
    ]
    theirs = [
        line.model_copy(update={"metrics": {"score": 1 - line.metrics["score"]}}) for line in ours
    ]
    question = ask(ours, theirs, gate={"primary": "score@dense"}, evals={"critical": ("c0",)})
    decision = decide(question)
    assert decision.verdict == "reject"
    assert decision.numbers is not None
    assert decision.numbers.d == 1


def test_a_tolerance_on_an_undeclared_metric_is_not_evaluated(
    ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    arm = lines([1] * 9, metric="tokens")
    question = ask(arm, arm, gate={"guards": {"tokens": {"tolerance": 0.1}}})
    assert guard_states(question) == {"tokens": "not_evaluated"}
    question = ask(arm, arm, gate={"guards": {"tokens": {"max": 1}}})
    assert guard_states(question) == {"tokens": "holds"}


@pytest.mark.parametrize("limit", [{"tolerance": 0.1}, {"max": 0.9}], ids=["tolerance", "cap"])
@pytest.mark.parametrize("arm_without", ["candidate", "incumbent"])
def test_a_guard_whose_slice_was_not_checked_whole_is_not_evaluated(
    ask: Callable[..., Question], limit: dict[str, object], arm_without: str
) -> None:
    dense = [
        CaseScore(case=f"d{i}", slices=("dense",), metrics={"score": 1, "keep_rate": 0.5})
        for i in range(9)
    ]
    natural = [
        CaseScore(case=f"n{i}", slices=("natural",), metrics={"score": 1, "keep_rate": 0.5})
        for i in range(9)
    ]
    whole, part = dense + natural, dense + natural[:5]
    question = ask(
        part if arm_without == "candidate" else whole,
        part if arm_without == "incumbent" else whole,
        gate={"primary": "score@dense", "guards": {"keep_rate@natural": limit}},
        expected={line.case: line.slices for line in whole},
    )
    harmless = arm_without == "incumbent" and "max" in limit
    expected = "holds" if harmless else "not_evaluated"
    assert guard_states(question) == {"keep_rate@natural": expected}
    assert decide(question).look.spent


@pytest.mark.parametrize("drop", [math.nan, math.inf], ids=str)
def test_an_incumbent_that_is_not_a_number_proves_no_tolerance(
    ask: Callable[..., Question], drop: float
) -> None:
    ours, theirs = gain(0.5)
    theirs[0] = theirs[0].model_copy(update={"metrics": {"score": 0.0, "keep_rate": drop}})
    question = ask(ours, theirs, gate={"guards": {"keep_rate": {"tolerance": 0.1}}})
    assert guard_states(question) == {"keep_rate": "broken"}


def test_a_scalar_run_has_no_critical_cases_to_evaluate(ask: Callable[..., Question]) -> None:
    ours, theirs = gain(0.5)
    question = ask(ours, theirs, gate={"kind": "scalar"}, evals={"critical": ("c000",)})
    assert guard_states(question) == {"critical": "not_evaluated"}


def test_a_candidate_that_broke_everywhere_passes_no_guard(ask: Callable[..., Question]) -> None:
    ours, theirs = gain(0.5)
    broken = [line.model_copy(update={"failed": True}) for line in ours]
    question = ask(broken, theirs, gate={"guards": {"keep_rate": {"max": 0.7}}})
    assert guard_states(question) == {"keep_rate": "not_evaluated"}


def test_a_tolerance_is_read_where_as_many_cases_are_missing_as_the_eval_allows(
    ask: Callable[..., Question],
) -> None:
    ours, theirs = gain(0.5)
    states = [
        guard_states(
            ask(
                ours,
                theirs[:kept],
                gate={"guards": {"keep_rate": {"tolerance": 0.1}}},
                evals={"max_infra_fail": 0.25},
            )
        )["keep_rate"]
        for kept in (15, 14)
    ]
    assert states == ["holds", "not_evaluated"]


def test_from_five_cases_on_a_drop_must_be_more_than_chance(ask: Callable[..., Question]) -> None:
    states = []
    for n in (4, 5):
        ours = arm([1.0] * n, [1.0, 1.0] + [0.0] * (n - 2))
        question = ask(
            ours,
            arm([0.0] * n, [0.0] * n),
            gate={"guards": {"keep_rate": {"tolerance": 0.1}}},
        )
        states.append(guard_states(question)["keep_rate"])
    assert states == ["broken", "holds"]


def test_a_broken_case_of_an_undeclared_metric_scores_on_error(
    ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    whole = lines([4, 4], metric="tokens")
    half = (whole[0], whole[1].model_copy(update={"failed": True}))
    question = ask(half, whole, gate={"guards": {"tokens": {"max": 3}}})
    assert guard_states(question) == {"tokens": "holds"}


@pytest.mark.parametrize(("tolerance", "state"), [(0.15, "broken"), (0.25, "holds")])
def test_a_scalar_guard_where_less_is_better_is_broken_by_a_rise(
    ask: Callable[..., Question], tolerance: float, state: str
) -> None:
    ours, theirs = arm([1.0], [0.7]), arm([1.0], [0.5])
    gate = {"kind": "scalar", "guards": {"keep_rate": {"tolerance": tolerance}}}
    assert guard_states(ask(ours, theirs, gate=gate)) == {"keep_rate": state}
    assert guard_states(ask(theirs, ours, gate=gate)) == {"keep_rate": "holds"}


def test_a_tie_on_dev_is_no_lead_in_either_direction(ask: Callable[..., Question]) -> None:
    for primary, ahead, behind in (("score", 0.6, 0.4), ("loss", 0.4, 0.6)):
        found = [
            ahead_on_dev(ask([1], [1], gate={"primary": primary}, dev=(0.5, candidate)))
            for candidate in (ahead, 0.5, behind)
        ]
        assert found == [True, False, False]


def test_a_veto_names_what_does_not_hold_and_nothing_else() -> None:
    states: dict[str, GuardState] = {"a": "holds", "b": "broken", "c": "not_evaluated"}
    assert broken_guards(states) == (
        "guard b is broken and guard c was not evaluated, which is not a pass"
    )
    assert broken_guards({"a": "holds"}) == ""


@pytest.mark.parametrize(
    ("p", "said"), [(SMALLEST_P, "p <= 1e-20 at"), (1.1e-20, "p = 1.1e-20 at")]
)
def test_the_smallest_p_is_told_as_a_bound(p: float, said: str) -> None:
    numbers = GateNumbers(
        n=9, wins=9, losses=0, d=1, interval=None, p=p, alpha=0.05, looks=1, mde=None, guards={}
    )
    assert said in numbers_in_words(numbers, key="score")
