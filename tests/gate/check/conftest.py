"""Arms with several metrics, and an eval that declares what the checks read."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from runner.core.score import CaseScore
from runner.evals.model import Eval, Metric
from runner.gate.question import Question
from runner.spec.model import Gate

METRICS = {
    "score": "max",
    "agreement": "max",
    "safe": "max",
    "leaks": "min",
    "parsed": "max",
    "brier": "min",
    "answer_chars": "min",
}


def _arm(*, slices: tuple[str, ...] = (), **columns: Sequence[float]) -> list[CaseScore]:
    names = list(columns)
    return [
        CaseScore.model_construct(
            case=f"c{number:03d}",
            rep=0,
            slices=slices,
            metrics=dict(zip(names, row, strict=True)),
            cluster="",
            failed=False,
        )
        for number, row in enumerate(zip(*columns.values(), strict=True))
    ]


@pytest.fixture
def arm() -> Callable[..., list[CaseScore]]:
    """Build one line per row of the columns: cases c000, c001, ..."""
    return _arm


@pytest.fixture
def checked_eval() -> Eval:
    return Eval(
        eval="demo",
        version=1,
        checker="demo",
        metrics={name: Metric(direction=way) for name, way in METRICS.items()},
        controls=("empty", "placebo"),
    )


@pytest.fixture
def put(checked_eval: Eval) -> Callable[..., Question]:
    """Build a question from two arms and the gate's checks."""

    def build(
        ours: Sequence[CaseScore],
        theirs: Sequence[CaseScore],
        checks: dict[str, Any] | None = None,
        *,
        gate: dict[str, Any] | None = None,
        evals: dict[str, Any] | None = None,
        **fields: object,
    ) -> Question:
        return Question(
            gate=Gate.model_validate(
                {"primary": "score", "min_delta": 0.001, "checks": checks or {}, **(gate or {})}
            ),
            eval=checked_eval.model_copy(update=evals or {}),
            candidate=ours,
            incumbent=theirs,
            **{"alpha": 0.05 / 3, **fields},
        )

    return build
