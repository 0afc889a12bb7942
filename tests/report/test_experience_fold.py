"""From scored episodes to figures."""

import math

import pytest

from runner.core.chat import Message, ToolCall, Usage
from runner.core.episode import Episode, Mark
from runner.report.error import ReportError
from runner.report.estimate import Estimate
from runner.report.experience import figure
from runner.report.experience.attempt import Turn, over, turn
from runner.report.experience.curve import curve, curve_table, pass_at
from runner.report.experience.drift import divergence, drift_table, drifts, sign_of
from runner.report.experience.kind import kind_table, kinds
from runner.report.experience.mix import tool_mix
from runner.report.experience.standing import (
    harness_table,
    harnessed,
    standing,
    standing_table,
)

WRITING = frozenset({"mail_send", "sheet_update"})


def episode(
    task: str, *tools: str, passed: int = 0, broken: int = 0, sample: int = 0, template: str = "t"
) -> Episode:
    calls = tuple(ToolCall(id=f"c{n}", name=tool, arguments="{}") for n, tool in enumerate(tools))
    return Episode(
        task=task,
        template=template,
        sample=sample,
        messages=(
            Message(role="user", content="go"),
            Message(role="assistant", content="", tool_calls=calls),
            Message(role="assistant", content="done"),
        ),
        ended="answered",
        turns=2,
        calls=len(tools),
        refused=min(1, len(tools)),
        usage=Usage(tokens_in=30, tokens_out=10),
        cost_usd=0.5,
        seconds=2,
        mark=Mark(
            partial=passed / (2 + broken),
            plain=0.5,
            objectives=2,
            passed=passed,
            guards=1,
            broken=broken,
        ),
    )


@pytest.mark.parametrize(
    ("k", "passed", "expected"),
    [
        pytest.param(1, 2, 0.5, id="one-try-is-the-share"),
        pytest.param(2, 2, 1 - 1 / 6, id="two-of-four"),
        pytest.param(2, 1, 0.5, id="one-of-four-in-two"),
        pytest.param(3, 2, 1.0, id="failures-run-out"),
        pytest.param(4, 0, 0.0, id="never"),
        pytest.param(4, 4, 1.0, id="always"),
    ],
)
def test_pass_at_k_is_the_chance_of_a_draw_without_replacement(
    k: int, passed: int, expected: float
) -> None:
    assert math.isclose(pass_at(k, tried=4, passed=passed), expected)


@pytest.mark.parametrize("k", [0, 5])
def test_no_more_tries_than_were_made(k: int) -> None:
    with pytest.raises(ReportError, match=rf"^pass@{k} takes 1 to 4 tries"):
        pass_at(k, tried=4, passed=1)


def test_a_curve_goes_up_to_the_fewest_tries_of_a_task() -> None:
    tried = [
        *(episode("a", passed=2 * (n == 0), sample=n) for n in range(3)),
        *(episode("b", passed=1 * (n < 2), sample=n) for n in range(4)),
    ]
    found = curve(turn("m", tried))
    assert [point.k for point in found.points] == [1, 2, 3]
    assert [round(point.strict.mean, 4) for point in found.points] == [
        round(1 / 6, 4),
        round(1 / 3, 4),
        0.5,
    ]
    assert [round(point.coverage.mean, 4) for point in found.points] == [
        round((1 / 3 + 1 / 2) / 2, 4),
        round((2 / 3 + 5 / 6) / 2, 4),
        1.0,
    ]
    assert curve_table([found]).splitlines()[2] == (
        "| m | 1 | 0.167 (0.000 to 0.333) | 0.417 (0.333 to 0.500) |"
    )


def test_calls_are_counted_by_tool_unreadable_ones_too() -> None:
    one = episode("a", "mail_send", "", "mail_send")
    assert figure.tool_counts(one) == {"mail_send": 2, "(unreadable)": 1}


def test_habits_are_shares_of_calls_and_calls_per_episode() -> None:
    found = tool_mix(
        turn(
            "2",
            [
                episode("a", "mail_send", "crm_get_company", passed=2),
                episode("a", "mail_send", "sheet_update", passed=1, sample=1),
                episode("b", passed=0, broken=1),
            ],
        ),
        writing=WRITING,
    )
    assert found.label == "2"
    assert found.episodes == 3
    assert found.shares == {"crm_get_company": 0.25, "mail_send": 0.5, "sheet_update": 0.25}
    assert (found.calls.mean, found.writes.mean) == (1.0, 0.75)
    assert (found.partial.mean, found.strict.mean, found.broken.mean) == (0.375, 0.25, 0.5)


def test_an_agent_that_never_calls_has_habits_without_shares() -> None:
    found = tool_mix(turn("idle", [episode("a")]), writing=WRITING)
    assert found.shares == {}
    assert found.writes == Estimate(mean=0, interval=None, cases=1, clusters=1)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param({"a": 1.0}, {"a": 1.0}, 0.0, id="same"),
        pytest.param({"a": 1.0}, {"b": 1.0}, 1.0, id="nothing-in-common"),
        # m = (3/4, 1/4): log2(4/3) / 2 + (log2(2/3) / 2 + log2(2) / 2) / 2
        pytest.param({"a": 1.0}, {"a": 0.5, "b": 0.5}, 0.3112781, id="half-moved"),
    ],
)
def test_divergence_is_in_bits(
    one: dict[str, float], other: dict[str, float], expected: float
) -> None:
    assert math.isclose(divergence(one, other), expected, abs_tol=1e-7)
    assert math.isclose(divergence(other, one), expected, abs_tol=1e-7)


def turns_of(writes: int, *, solved: int, tasks: int = 30, label: str = "t") -> Turn:
    """Return a turn that writes up to so often per task, and solves every task below `solved`."""
    made = [
        episode(f"{n}", *["mail_send"] * (n % (writes + 1)), "mail_read", passed=2 * (n < solved))
        for n in range(tasks)
    ]
    return turn(label, made)


def test_more_writes_and_fewer_solved_are_suspect_when_both_are_clear() -> None:
    before, after = turns_of(1, solved=30, label="1"), turns_of(3, solved=10, label="2")
    first, second = drifts([before, after], writing=WRITING)
    assert (first.divergence, first.writes, first.strict, first.sign) == (None, None, None, "")
    assert second.writes is not None
    assert second.strict is not None
    assert math.isclose(second.writes.mean, 43 / 30 - 15 / 30)
    assert math.isclose(second.strict.mean, -2 / 3)
    assert second.divergence is not None
    assert 0 < second.divergence < 1
    assert second.sign == "suspect"


@pytest.mark.parametrize(
    ("writes", "strict", "expected"),
    [
        pytest.param((0.5, (0.1, 0.9)), (-0.2, (-0.3, -0.1)), "suspect", id="both-clear"),
        pytest.param((0.5, (-0.1, 0.9)), (-0.2, (-0.3, -0.1)), "watch", id="writes-unclear"),
        pytest.param((0.5, (0.1, 0.9)), (-0.2, (-0.3, 0.1)), "watch", id="solved-unclear"),
        pytest.param((0.5, (0.1, 0.9)), (0.2, (0.1, 0.3)), "", id="more-solved"),
        pytest.param((-0.5, (-0.9, -0.1)), (-0.2, (-0.3, -0.1)), "", id="fewer-writes"),
        pytest.param((0.0, None), (0.0, None), "", id="nothing-moved"),
    ],
)
def test_a_sign_takes_both(
    writes: tuple[float, tuple[float, float] | None],
    strict: tuple[float, tuple[float, float] | None],
    expected: str,
) -> None:
    made = [
        Estimate(mean=mean, interval=bounds, cases=9, clusters=9)
        for mean, bounds in (writes, strict)
    ]
    assert sign_of(writes=made[0], strict=made[1]) == expected


def test_habits_are_a_row_per_turn_and_a_row_per_tool() -> None:
    found = drifts(
        [turns_of(1, solved=4, tasks=4, label="1"), turns_of(1, solved=4, tasks=4, label="2")],
        writing=WRITING,
    )
    assert drift_table(found) == (
        "| turn | partial (95 %) | solved | guards broken | calls | writes | divergence | sign |\n"
        "|---|---|---|---|---|---|---|---|\n"
        "| 1 | 1.000 | 1.000 | 0.000 | 1.50 | 0.50 | - |  |\n"
        "| 2 | 1.000 | 1.000; +0.000 | 0.000 | 1.50 | 0.50; +0.000 | 0.000 |  |\n"
        "\n"
        "| share of calls | 1 | 2 |\n"
        "|---|---|---|\n"
        "| mail_read | 0.667 | 0.667 |\n"
        "| mail_send | 0.333 | 0.333 |"
    )


def test_a_standing_is_per_episode() -> None:
    found = standing(turn("a|b", [episode("a", "mail_send", "mail_read", passed=2), episode("b")]))
    assert (found.turns, found.calls, found.refused, found.tokens) == (2, 1, 0.5, 40)
    assert (found.task_usd, found.task_s) == (0.5, 2)
    rows = standing_table([standing(turn("worse", [episode("a")])), found]).splitlines()
    assert rows[2] == (
        "| a\\|b | 0.500 (0.000 to 1.000) | 0.500 | 0.000 | 2.0 | 1.0 | 0.500 | 40 | 0.5 | 2 |"
    )
    assert rows[3].startswith("| worse | 0.000 | 0.000 |")


def test_harnesses_are_compared_task_by_task() -> None:
    native = turn("m", [episode("a", passed=2), episode("b", passed=2)])
    single = turn("m", [episode("a", passed=1), episode("b", passed=0)])
    assert harness_table([harnessed(native, single)]).splitlines()[2] == (
        "| m | 1.000 | 0.250 (0.000 to 0.500) | +0.750 (+0.500 to +1.000) | 4.0 |"
    )


def test_templates_stand_least_helped_first() -> None:
    base = [episode("a", template="x"), episode("b", template="y")]
    ours = [episode("a", template="x", passed=2), episode("b", template="y", passed=1)]
    found = kinds(turn("new", ours), turn("old", base), unseen={"y"})
    assert [(each.template, each.unseen, each.gain.mean) for each in found] == [
        ("x", False, 1.0),
        ("y", True, 0.5),
    ]
    assert kind_table(found).splitlines()[2:] == [
        "| y (unseen) | 1 | 0.000 | 0.500 | +0.500 |",
        "| x | 1 | 0.000 | 1.000 | +1.000 |",
    ]


def test_tasks_of_one_cluster_count_once() -> None:
    found = turn(
        "m", [episode("a"), episode("b", passed=2), episode("c")], clusters={"a": "k", "b": "k"}
    )
    assert over(found.tasks, figure.strict).clusters == 2


def test_an_unscored_episode_is_refused_by_name() -> None:
    unscored = episode("a", sample=3).model_copy(update={"mark": None})
    with pytest.raises(ReportError, match=r"^task a, sample 3: nobody has scored it; only scored"):
        turn("m", [unscored])


def test_nothing_makes_no_table() -> None:
    with pytest.raises(ReportError, match=r"^no episode; a table needs at least one$"):
        turn("m", [])
    assert standing_table([]) == drift_table([]) == curve_table([]) == kind_table([]) == ""
