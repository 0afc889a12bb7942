"""Whole iterations of a foreign loop, from the command line to the refs."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Workshop


def test_the_first_run_records_a_baseline_and_one_iteration(workshop: "Workshop") -> None:
    workshop.levels(3, 12)
    done = workshop.run()
    assert workshop.verdicts() == ["baseline", "accept"]
    assert workshop.made() == ["make 0", "make 1"]
    assert done.out.splitlines()[0] == "toy 0 baseline: the starting point: score 0.250"
