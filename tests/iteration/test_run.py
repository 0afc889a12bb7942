"""Whole iterations of a foreign loop, from the command line to the refs."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from runner.iteration.run import Run

if TYPE_CHECKING:
    from tests.conftest import Workshop


def test_the_first_run_records_a_baseline_and_one_iteration(workshop: "Workshop") -> None:
    workshop.levels(3, 12)
    done = workshop.run()
    assert workshop.verdicts() == ["baseline", "accept"]
    assert workshop.made() == ["make 0", "make 1"]
    assert done.out.splitlines()[0] == "toy 0 baseline: the starting point: score 0.250"


@pytest.mark.parametrize(
    ("spent", "told"),
    [(None, "wider"), (0.004, "wider"), (0.006, "wider, 0.01 USD so far")],
    ids=["no row yet", "no cent", "a cent"],
)
def test_a_stage_at_work_names_what_is_tried_and_a_cost_that_is_one(
    spent: float | None, told: str
) -> None:
    head = None if spent is None else SimpleNamespace(spent_usd=spent)
    plan = SimpleNamespace(head=head, hypothesis="wider", kind="iteration")
    assert Run._at_work(cast("Run", SimpleNamespace(plan=plan))) == told
