import math
from collections.abc import Callable

import pytest

from runner.core.score import CaseScore
from runner.gate.check.budget import check_budget
from runner.gate.question import Question
from runner.spec.gate_check import BudgetCheck

Arm = Callable[..., list[CaseScore]]
Put = Callable[..., Question]


@pytest.mark.parametrize(
    ("cost", "state", "why"),
    [
        pytest.param(1.99, "holds", "1.99 usd for search and gate, 2 allowed", id="below"),
        pytest.param(2.0, "holds", "2 usd for search and gate, 2 allowed", id="equal"),
        pytest.param(2.01, "broken", "2.01 usd for search and gate, 2 allowed", id="above"),
        pytest.param(math.nan, "broken", "nan usd for search and gate, 2 allowed", id="NaN"),
        pytest.param(
            0,
            "not_evaluated",
            "no cost was metered; give the model prices, or budget.usd_per_hour",
            id="nothing metered",
        ),
    ],
)
def test_search_and_gate_cost_no_more_than_allowed(
    arm: Arm, put: Put, cost: float, state: str, why: str
) -> None:
    question = put(arm(score=[1.0]), arm(score=[0.0]), cost_usd=cost)
    found = check_budget(question, BudgetCheck(usd=2.0))
    assert (found.state, found.why) == (state, why)
