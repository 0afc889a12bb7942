import math
from collections.abc import Callable, Sequence

import pytest

from runner.core.score import CaseScore
from runner.gate.check.shift import check_shift
from runner.gate.question import Question
from runner.spec.gate_check import Shift

Arm = Callable[..., list[CaseScore]]
Put = Callable[..., Question]
KEY = "answer_chars"


def states(question: Question, shift: Shift) -> list[str]:
    return [found.state for found in check_shift(question, KEY, shift)]


def lengths(mean: float, n: int = 40) -> list[float]:
    return [mean + (10 if number % 2 else -10) for number in range(n)]


@pytest.mark.parametrize(
    ("ours", "shift", "state"),
    [
        pytest.param(100, Shift(rise=0.5), "holds", id="no change"),
        pytest.param(140, Shift(rise=0.5), "holds", id="within the rise"),
        pytest.param(150, Shift(rise=0.5), "holds", id="exactly the rise"),
        pytest.param(200, Shift(rise=0.5), "broken", id="beyond the rise"),
        pytest.param(50, Shift(rise=0.5), "holds", id="a fall where only a rise is bounded"),
        pytest.param(50, Shift(fall=0.3), "broken", id="beyond the fall"),
        pytest.param(80, Shift(fall=0.3), "holds", id="within the fall"),
        pytest.param(200, Shift(fall=0.3), "holds", id="a rise where only a fall is bounded"),
        pytest.param(101, Shift(rise=0.0), "holds", id="a rise of one percent, by chance"),
    ],
)
def test_a_mean_may_move_so_far_in_one_direction(
    arm: Arm, put: Put, ours: float, shift: Shift, state: str
) -> None:
    mixed = lengths(ours)[::-1] if ours == 101 else lengths(ours)
    question = put(arm(answer_chars=mixed), arm(answer_chars=lengths(100)))
    assert states(question, shift) == [state]


def test_both_directions_are_two_answers(arm: Arm, put: Put) -> None:
    question = put(arm(answer_chars=lengths(200)), arm(answer_chars=lengths(100)))
    assert states(question, Shift(rise=0.5, fall=0.5)) == ["broken", "holds"]


def test_the_numbers_are_told_apart_from_the_plain_words(arm: Arm, put: Put) -> None:
    question = put(arm(answer_chars=lengths(200)), arm(answer_chars=lengths(100)))
    (found,) = check_shift(question, KEY, Shift(rise=0.5))
    assert found.why == "answer_chars rose further than allowed"
    assert found.seen == "answer_chars 200 against 100, 1.5 times allowed"


def test_one_case_far_out_is_no_shift(arm: Arm, put: Put) -> None:
    question = put(arm(answer_chars=[*[100.0] * 39, 100_000.0]), arm(answer_chars=[100.0] * 40))
    assert states(question, Shift(rise=0.5)) == ["holds"]


@pytest.mark.parametrize(
    ("ours", "theirs", "state"),
    [
        pytest.param([0.0] * 8, [0.0] * 8, "holds", id="nothing against nothing"),
        pytest.param([5.0] * 8, [0.0] * 8, "broken", id="something against nothing"),
        pytest.param([math.nan] * 8, [9.0] * 8, "broken", id="not a number"),
        pytest.param([9.0] * 8, [-9.0] * 8, "not_evaluated", id="below nothing"),
        pytest.param([20.0] * 4, [10.0] * 4, "broken", id="four cases: the mean decides"),
        pytest.param([14.0] * 4, [10.0] * 4, "holds", id="four cases within the bound"),
    ],
)
def test_edges_of_the_scale(
    arm: Arm, put: Put, ours: Sequence[float], theirs: Sequence[float], state: str
) -> None:
    question = put(arm(answer_chars=ours), arm(answer_chars=theirs))
    assert states(question, Shift(rise=0.5)) == [state]


def test_broken_cases_have_no_habit(arm: Arm, put: Put) -> None:
    ours, theirs = arm(answer_chars=[100.0] * 40), arm(answer_chars=[100.0] * 40)
    for number in range(20):
        theirs[number] = theirs[number].model_copy(update={"failed": True, "metrics": {}})
    assert states(put(ours, theirs), Shift(rise=0.1)) == ["holds"]


def test_cases_of_another_slice_do_not_count(arm: Arm, put: Put) -> None:
    ours, theirs = arm(answer_chars=[300.0] * 20 + [100.0] * 20), arm(answer_chars=[100.0] * 40)
    expected = {f"c{n:03d}": ("long",) if n < 20 else ("short",) for n in range(40)}
    question = put(ours, theirs, expected=expected)
    key = "answer_chars@short"
    assert [found.state for found in check_shift(question, key, Shift(rise=0.5))] == ["holds"]
    key = "answer_chars@long"
    assert [found.state for found in check_shift(question, key, Shift(rise=0.5))] == ["broken"]
    key = "answer_chars@none"
    assert [found.state for found in check_shift(question, key, Shift(rise=0.5))] == [
        "not_evaluated"
    ]


@pytest.mark.parametrize("silent", ["ours", "theirs"])
def test_a_metric_that_one_arm_leaves_out_was_not_evaluated(
    arm: Arm, put: Put, silent: str
) -> None:
    arms = {name: arm(answer_chars=[100.0] * 40) for name in ("ours", "theirs")}
    arms[silent][3] = arms[silent][3].model_copy(update={"metrics": {"score": 1.0}})
    (found,) = check_shift(put(**arms), KEY, Shift(rise=0.5))
    assert (found.state, found.why) == (
        "not_evaluated",
        "too many answered cases have no answer_chars",
    )


def test_cases_of_another_kind_that_neither_arm_scores_so_are_left_out(arm: Arm, put: Put) -> None:
    ours, theirs = arm(answer_chars=[200.0] * 40), arm(answer_chars=[100.0] * 40)
    for lines in (ours, theirs):
        lines[:10] = [line.model_copy(update={"metrics": {"safe": 1.0}}) for line in lines[:10]]
    assert states(put(ours, theirs), Shift(rise=0.5)) == ["broken"]
    assert states(put(ours, theirs), Shift(rise=1.5)) == ["holds"]


def test_a_shift_is_read_where_as_many_cases_lack_the_metric_as_the_eval_allows(
    arm: Arm, put: Put
) -> None:
    ours, theirs = (arm(score=[1.0] * 40, answer_chars=lengths(100)) for _ in range(2))
    found = []
    for kept in (30, 29):
        part = [
            line if n < kept else line.model_copy(update={"metrics": {"score": 1.0}})
            for n, line in enumerate(ours)
        ]
        question = put(part, theirs, evals={"max_infra_fail": 0.25})
        found += states(question, Shift(rise=0.5))
    assert found == ["holds", "not_evaluated"]
