from collections.abc import Callable

import pytest

from runner.core.row import Cost, Row
from runner.ledger.budget import left, reserve, settle
from runner.ledger.fold import fold_all
from runner.spec.model import Spec

MAKE = {"kind": "toy_maker", "minutes": 30}


def test_before_any_row_the_reserve_is_the_wall_limit_at_the_hourly_rate(
    make_spec: Callable[..., Spec],
) -> None:
    assert reserve(None, make_spec(make=MAKE, budget={"usd": 5, "usd_per_hour": 0.5})) == 0.25


def test_a_monitor_reserves_the_wall_limit_of_its_check(make_spec: Callable[..., Spec]) -> None:
    spec = make_spec(make="none", check={"eval": "toy", "minutes": 6}, budget={"usd_per_hour": 1})
    assert reserve(None, spec) == 0.1


def test_the_reserve_is_the_largest_of_the_last_three_costs(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec(make=MAKE)
    costs = [("reject", {"cost": Cost(usd=usd)}) for usd in (9, 0.5, 0.75, 0.25)]
    assert reserve(fold_all(make_rows("baseline", *costs), spec), spec) == 0.75


def test_a_reset_row_does_not_dilute_the_reserve(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec()
    rows = make_rows(("baseline", {"cost": Cost(usd=0.5)}), None, None, None)
    assert reserve(fold_all(rows, spec), spec) == 0.5


def test_what_is_left_is_the_budget_less_all_campaigns(
    make_spec: Callable[..., Spec], make_rows: Callable[..., tuple[Row, ...]]
) -> None:
    spec = make_spec(budget={"usd": 0.3})
    tenth = {"cost": Cost(usd=0.1)}
    head = fold_all(make_rows(("baseline", tenth), ("reject", tenth)), spec)
    assert left(None, spec) == 0.3
    assert left(head, spec) == 0.1
    assert head is not None
    assert head.stop is None
    over = fold_all(make_rows(("baseline", {"cost": Cost(usd=0.5)})), spec)
    assert left(over, spec) == -0.2
    assert left(over, make_spec()) is None


@pytest.mark.parametrize(
    ("metered", "cost"), [(None, 0.19), (0.0, 0.0), (1.5, 1.5)], ids=["rate", "free", "metered"]
)
def test_settling_prefers_what_was_metered(
    make_spec: Callable[..., Spec], metered: float | None, cost: float
) -> None:
    spec = make_spec(budget={"usd_per_hour": 0.38})
    assert settle(1800, spec, metered_usd=metered) == cost


def test_the_reserve_counts_the_wall_limit_of_a_proposer_that_edits(
    make_spec: Callable[..., Spec],
) -> None:
    spec = make_spec(make=MAKE, budget={"usd_per_hour": 1})
    editing = spec.propose.model_copy(update={"kind": "command", "minutes": 6})
    assert reserve(None, spec.model_copy(update={"propose": editing})) == 0.6
    queued = editing.model_copy(update={"kind": "queue"})
    assert reserve(None, spec.model_copy(update={"propose": queued})) == 0.5
