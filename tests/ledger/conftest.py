"""Builders of specs and chained rows."""

from collections.abc import Callable
from typing import Any

import pytest

from runner.core.row import EvalRef, Host, Isolation, Row, row_digest
from runner.spec.model import Spec

MakeSpec = Callable[..., Spec]
MakeRow = Callable[..., Row]


@pytest.fixture(scope="session")
def make_spec() -> MakeSpec:
    def build(**changes: object) -> Spec:
        data = {
            "version": 1,
            "loop": "toy",
            "make": {"kind": "toy_maker", "with": {"lr": 0.1, "net": {"depth": 2, "width": 8}}},
            "check": {"eval": "toy"},
            "hypotheses": [
                {"id": "warm", "line": "train", "with": {"net": {"depth": 3}}},
                {"id": "cold", "line": "train"},
                {"id": "vote", "line": "infer", "with": {"members": [1, 2]}},
            ],
            "gate": {"primary": "score"},
            "seed": 17,
        }
        return Spec.model_validate(data | changes)

    return build


@pytest.fixture(scope="session")
def make_row() -> MakeRow:
    def build(prev: Row | None, verdict: str | None = "reject", **changes: object) -> Row:
        number = 0 if prev is None else prev.number + 1
        kind = {None: "reset", "baseline": "baseline"}.get(verdict, "iteration")
        data: dict[str, Any] = {
            "number": number,
            "kind": kind,
            "run": "r",
            "prev": "" if prev is None else row_digest(prev),
            "spec": "s" * 64,
            "reset_digest": "d",
            "eval": EvalRef(id="toy", version=1, heldout="h1"),
            "code": "c",
            "line": "train",
            "seed": 17 + number,
            "candidate": f"c{number}",
            "verdict": verdict,
            "reason": "because",
            "isolation": Isolation(level="open", probe=""),
            "host": Host(device="cpu", versions={}),
            "started": "2026-01-01T00:00:00Z",
            "finished": "2026-01-01T00:01:00Z",
        }
        return Row(**(data | changes))

    return build


@pytest.fixture(scope="session")
def make_rows(make_row: MakeRow) -> Callable[..., tuple[Row, ...]]:
    def build(*steps: str | tuple[str | None, dict[str, object]] | None) -> tuple[Row, ...]:
        rows: list[Row] = []
        for step in steps:
            verdict, changes = step if isinstance(step, tuple) else (step, {})
            rows.append(make_row(rows[-1] if rows else None, verdict, **changes))
        return tuple(rows)

    return build
