"""Builders of checker lines and questions; every argument that matters is named by the test."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from runner.core.score import CaseScore
from runner.evals.model import Eval, Metric
from runner.gate.question import Question
from runner.spec.model import Gate, Guard

Lines = Callable[..., tuple[CaseScore, ...]]
Ask = Callable[..., Question]


def _lines(
    values: Sequence[float], *, metric: str = "score", **fields: object
) -> tuple[CaseScore, ...]:
    return tuple(
        CaseScore(case=f"c{number:04d}", metrics={metric: value}, **fields)
        for number, value in enumerate(values)
    )


@pytest.fixture
def lines() -> Lines:
    """Build one line per value: cases c0000, c0001, ..."""
    return _lines


@pytest.fixture
def eval_() -> Eval:
    return Eval(
        eval="demo",
        version=1,
        checker="demo",
        metrics={
            "score": Metric(direction="max"),
            "keep_rate": Metric(direction="min"),
            "loss": Metric(direction="min"),
        },
    )


@pytest.fixture
def ask(eval_: Eval) -> Ask:
    """Build a question from two lists of scores; keyword arguments go to gate, eval or question."""

    def build(
        ours: Sequence[float] | Sequence[CaseScore],
        theirs: Sequence[float] | Sequence[CaseScore],
        *,
        gate: dict[str, Any] | None = None,
        evals: dict[str, Any] | None = None,
        **fields: object,
    ) -> Question:
        arms = [
            arm if arm and isinstance(arm[0], CaseScore) else _lines(arm)  # type: ignore[arg-type]
            for arm in (ours, theirs)
        ]
        return Question(
            gate=Gate(**{"primary": "score", **(gate or {})}),
            eval=eval_.model_copy(update=evals or {}),
            candidate=arms[0],
            incumbent=arms[1],
            **{"alpha": 0.05 / 3, **fields},
        )

    return build


@pytest.fixture
def guard() -> type[Guard]:
    return Guard
