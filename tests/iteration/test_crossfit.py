"""Folds of a small gold set: no proposer reads a case that its own text is scored on."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from runner.evals.fold import deal
from runner.evals.model import Eval
from tests.text_loop import cases

if TYPE_CHECKING:
    from tests.conftest import Workshop

FOLDED = """\
eval: logs
version: 1
checker: agreement
with: {model: {kind: scripted, script: task.yaml}, categorical: [kind]}
train: train.jsonl
heldout: [{file: train.jsonl, folds: 5}]
metrics:
  agreement: {direction: max, ceiling: 1}
"""
FEEDBACK = '{"id": "shipped-%d", "input": "no space %d", "label": {"kind": "disk"}}\n'


@pytest.fixture
def folded(logs: Callable[..., "Workshop"]) -> "Workshop":
    shop = logs()
    shop.commit({"evals/logs/eval.yaml": FOLDED, "evals/logs/train.jsonl": cases("gold", 53)})
    return shop


def ids(data: bytes) -> set[str]:
    return {json.loads(line)["id"] for line in data.splitlines()}


@pytest.mark.slow
def test_feedback_moves_no_case_to_a_fold_that_is_scored_on_it(folded: "Workshop") -> None:
    shipped = "".join(FEEDBACK % (n, n) for n in range(4))
    folded.commit({"evals/logs/feedback.jsonl": shipped})
    folded.run()
    assert folded.verdicts() == ["baseline", "accept"]
    declared = Eval.model_validate(
        {
            "eval": "logs",
            "version": 1,
            "checker": "agreement",
            "train": "train.jsonl",
            "heldout": [{"file": "train.jsonl", "folds": 5}],
            "metrics": {"agreement": {"direction": "max"}},
        }
    )
    bench = folded.runs()[-1] / "make"
    for fold in deal(cases("gold", 53).encode(), declared, path="train.jsonl"):
        read = ids((bench / f"attempt-1.fold-{fold.number}" / "train.jsonl").read_bytes())
        assert read == {*fold.train, "shipped-0", "shipped-1", "shipped-2", "shipped-3"}


def test_a_folded_loop_can_be_tried_on_five_cases(folded: "Workshop") -> None:
    done = folded.cli("run", "toy", "--smoke")
    assert done.code == 0, done.err
    assert done.out.startswith("toy: made in one step and scored; ")
