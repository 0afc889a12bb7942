import pytest

from runner.proposers.case import Scale
from runner.proposers.gepa.adapter import EPSILON, Adapter, World
from runner.proposers.gepa.cell import Cells
from runner.proposers.gepa.part import whole
from runner.proposers.limit import Limits
from tests.proposers.desk import PATH, SKILL, trial

PERFECT = trial("a", 1.0)
FAILED = trial("b", failed=True, metrics={})


def _adapter(*, objectives: bool) -> tuple[Adapter, dict[str, str], Cells]:
    layout, seed = whole({PATH: SKILL})
    known = {each.score.case: each for each in (PERFECT, FAILED)}
    cells = Cells(
        lambda files, cases: [known[case["id"]] for case in cases],
        [{"id": "a"}, {"id": "b"}],
        reps=1,
        most=2,
    )
    world = World(
        seed={PATH: SKILL},
        layout=layout,
        cells=cells,
        scale=Scale("agreement"),
        frame=Limits(),
        reflect=lambda files, trials: pytest.fail("nobody asked"),
        objectives=objectives,
    )
    return Adapter(world), seed, cells


def test_a_case_that_broke_scores_nothing_and_stays_in_the_trajectories() -> None:
    adapter, seed, _ = _adapter(objectives=True)
    batch = adapter.evaluate(["a", "b"], seed, capture_traces=True)
    assert batch.scores == [1.0 + EPSILON, EPSILON]
    assert batch.trajectories == [[PERFECT], [FAILED]]
    assert batch.objective_scores == [
        {"agreement": 1.0, "category": 1.0, "retry": 1.0},
        {"agreement": 0.0, "category": 0.0, "retry": 0.0},
    ]
    assert batch.num_metric_calls == 2


def test_what_is_known_is_no_metric_call() -> None:
    adapter, seed, cells = _adapter(objectives=False)
    adapter.evaluate(["a"], seed)
    again = adapter.evaluate(["a", "b"], seed)
    assert (again.num_metric_calls, cells.calls) == (1, 2)
    assert again.objective_scores is None


@pytest.mark.parametrize("objectives", [False, True])
def test_a_merge_that_breaks_the_surface_scores_nothing_and_costs_nothing(
    *, objectives: bool
) -> None:
    adapter, seed, cells = _adapter(objectives=objectives)
    adapter.evaluate(["b"], seed)
    broken = dict.fromkeys(seed, SKILL.replace("name: triage", "name: x"))
    batch = adapter.evaluate(["a", "b"], broken)
    assert (batch.scores, batch.num_metric_calls, cells.calls) == ([0.0, 0.0], 0, 1)
