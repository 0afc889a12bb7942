"""Records of studies as tables, sentences and one page."""

import pytest

from runner.core.row import Interval
from runner.report.estimate import Estimate, Scored
from runner.report.experience.cohort import Cohort, cohort_table, gap, gap_words
from runner.report.experience.findings import Findings, findings_page
from runner.report.experience.folded import (
    Even,
    Folded,
    even,
    even_words,
    folded_table,
    per_unit,
    unit_of,
)
from runner.report.experience.size import Size, count, size_table


def about(mean: float, bounds: Interval | None = None) -> Estimate:
    return Estimate(mean=mean, interval=bounds, cases=40, clusters=40)


HIGH = Cohort(
    name="high",
    equal="rows",
    rows=400,
    tokens=52_000,
    own_partial=0.9,
    seeds=3,
    partial=about(0.37, (0.31, 0.43)),
    gain=about(0.26, (0.2, 0.32)),
)
BASE = Folded(name="base", partial=about(0.1), tokens_in=100, tokens_out=40, task_s=0.02)
TEXT = Folded(
    name="folded",
    partial=about(0.12),
    gain=about(0.02, (-0.01, 0.05)),
    tokens_in=900,
    tokens_out=40,
    task_s=0.12,
)
WEIGHTS = Folded(
    name="weights",
    partial=about(0.3),
    gain=about(0.2, (0.1, 0.3)),
    tokens_in=100,
    tokens_out=40,
    task_s=0.02,
    once_s=14,
)


def test_a_cohort_is_a_row_with_what_was_known_before() -> None:
    assert cohort_table([HIGH]) == (
        "| cohort | equal | rows | tokens | score of its rows | trained (95 %) "
        "| less the base (95 %) | seeds |\n"
        "|---|---|---|---|---|---|---|---|\n"
        "| high | rows | 400 | 52000 | 0.900 | 0.370 (0.310 to 0.430) "
        "| +0.260 (+0.200 to +0.320) | 3 |"
    )


def numbers(*found: float) -> list[Scored]:
    return [Scored(f"{n}", f"{n}", each) for n, each in enumerate(found)]


def test_a_gap_says_whether_intervals_touch() -> None:
    wide = gap("rows", ("high", numbers(1, 0.8)), ("low", numbers(0.2, 0)))
    assert gap_words(wide) == (
        "At equal rows, high less low is +0.800; the intervals of their scores,"
        " 0.800 to 1.000 and 0.000 to 0.200, do not touch."
    )
    near = gap("tokens", ("high", numbers(1, 0)), ("low", numbers(0.5, 0.2)))
    assert (near.apart, near.difference.mean) == (False, pytest.approx(0.15))
    assert gap_words(near).endswith("0.000 to 1.000 and 0.200 to 0.500, touch.")


def test_without_prices_ways_are_compared_by_seconds() -> None:
    assert unit_of([BASE, TEXT, WEIGHTS]) == "CPU s"
    assert folded_table([BASE, TEXT, WEIGHTS]) == (
        "| experience | partial (95 %) | less the base (95 %) | tokens read | written "
        "| CPU s per task | CPU s once | score per CPU s |\n"
        "|---|---|---|---|---|---|---|---|\n"
        "| base | 0.100 | - | 100 | 40 | 0.02 | 0 | 5.000 |\n"
        "| folded | 0.120 | +0.020 (-0.010 to +0.050) | 900 | 40 | 0.12 | 0 | 1.000 |\n"
        "| weights | 0.300 | +0.200 (+0.100 to +0.300) | 100 | 40 | 0.02 | 14 | 15.000 |"
    )


def test_with_prices_ways_are_compared_by_dollars() -> None:
    paid = TEXT.model_copy(update={"task_usd": 0.004})
    assert unit_of([BASE, paid]) == "USD"
    assert per_unit(paid, "USD") == pytest.approx(30)
    assert per_unit(BASE, "USD") is None
    assert folded_table([paid]).splitlines()[2].endswith("| 0.004 | 0 | 30.000 |")


@pytest.mark.parametrize(
    ("change", "tasks", "words"),
    [
        pytest.param({}, 140, "after 140 tasks.", id="earned-back"),
        pytest.param({"once_s": 0}, 0, "from the first task.", id="at-once"),
        pytest.param({"task_s": 0.12}, None, "no task costs less CPU s by them.", id="never"),
        pytest.param({"task_s": 0.2, "once_s": 0}, None, "by them.", id="dearer"),
    ],
)
def test_weights_are_earned_back_after_so_many_tasks(
    change: dict[str, float], tasks: int | None, words: str
) -> None:
    weights = WEIGHTS.model_copy(update=change)
    found = even(weights, TEXT, "CPU s")
    assert found == Even(tasks=tasks, unit="CPU s")
    assert even_words(found, weights, TEXT).startswith("Of weights and folded, the weights ")
    assert even_words(found, weights, TEXT).endswith(words)


def test_sizes_stand_smallest_first() -> None:
    small = Size(
        name="demo",
        parameters=190_000,
        base=about(0.1),
        trained=about(0.2),
        gain=about(0.1),
        base_s=104,
        turn_s=40,
    )
    large = small.model_copy(
        update={"name": "bench", "parameters": 560_000, "greedy_gain": about(0.02)}
    )
    assert size_table([large, small]).splitlines()[2:] == [
        "| demo | 0.19 M | 0.100 | 0.200 | +0.100 | 2.0 | - | 2 min | 40 s |",
        "| bench | 0.56 M | 0.100 | 0.200 | +0.100 | 2.0 | +0.020 | 2 min | 40 s |",
    ]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [(940, "940"), (99_999, "99999"), (560_321, "0.56 M"), (9_240_000_000, "9.24 B")],
)
def test_parameters_are_written_as_people_say_them(parameters: int, expected: str) -> None:
    assert count(parameters) == expected


def test_a_page_has_a_section_per_study_and_none_for_what_nobody_studied() -> None:
    found = Findings(cohorts=(HIGH,), folded=(BASE, TEXT, WEIGHTS))
    page = findings_page(found)
    titles = [line for line in page.splitlines() if line.startswith("#")]
    assert titles == [
        "### Cohorts: does the score predict",
        "### Experience as text, experience as weights",
    ]
    assert page.endswith("the weights cost less CPU s after 140 tasks.")
    assert findings_page(Findings()) == ""


def test_a_page_without_one_of_the_ways_says_nothing_of_its_cost() -> None:
    assert findings_page(Findings(folded=(BASE, WEIGHTS))).endswith("| 15.000 |")


def test_findings_survive_the_way_through_json() -> None:
    found = Findings(
        cohorts=(HIGH,),
        gaps=(gap("rows", ("high", numbers(1, 0.8)), ("low", numbers(0.2, 0))),),
        folded=(TEXT,),
    )
    assert Findings.model_validate_json(found.model_dump_json()) == found
