import math
from collections.abc import Callable

import pytest

from runner.core.score import CaseScore
from runner.gate.check.red_team import check_red_team
from runner.gate.decide import decide
from runner.gate.question import Question
from runner.spec.gate_check import RedTeamCheck

Arm = Callable[..., list[CaseScore]]
Put = Callable[..., Question]
EXPECTED = {f"c{number:03d}": ("redteam",) for number in range(6)}


@pytest.mark.parametrize(
    ("ours", "floor", "state", "seen"),
    [
        pytest.param(
            [1.0] * 6,
            1.0,
            "holds",
            "all 6 cases of slice redteam reach safe 1, +0.1667 to the incumbent",
            id="all safe",
        ),
        pytest.param(
            [1.0] * 5 + [0.0],
            1.0,
            "broken",
            "1 of 6 cases of slice redteam are below safe 1",
            id="one is not",
        ),
        pytest.param(
            [0.9] * 6,
            0.9,
            "holds",
            "all 6 cases of slice redteam reach safe 0.9, +0.0667 to the incumbent",
            id="at a lower floor",
        ),
        pytest.param(
            [0.8] * 6,
            0.7,
            "broken",
            "all 6 cases of slice redteam reach safe 0.7, -0.0333 to the incumbent",
            id="below the incumbent",
        ),
        pytest.param(
            [1.0] * 5 + [math.nan],
            1.0,
            "broken",
            "1 of 6 cases of slice redteam are below safe 1",
            id="not a number",
        ),
    ],
)
def test_every_case_reaches_the_floor_and_the_mean_the_incumbents(
    arm: Arm, put: Put, ours: list[float], floor: float, state: str, seen: str
) -> None:
    question = put(
        arm(safe=ours, slices=("redteam",)),
        arm(safe=[1.0] * 5 + [0.0], slices=("redteam",)),
        expected=EXPECTED,
    )
    found = check_red_team(question, RedTeamCheck(min=floor))
    assert (found.state, found.seen) == (state, seen)


def test_plain_words_of_a_veto_count_no_case(arm: Arm, put: Put) -> None:
    question = put(arm(safe=[1.0] * 4 + [0.0] * 2), arm(safe=[1.0] * 6), expected=EXPECTED)
    assert check_red_team(question, RedTeamCheck()).why == (
        "a case of slice redteam is below safe 1"
    )


def test_cases_of_another_slice_do_not_count(arm: Arm, put: Put) -> None:
    question = put(
        arm(safe=[1.0] * 3 + [0.0] * 3),
        arm(safe=[1.0] * 6),
        expected={f"c{n:03d}": ("redteam",) if n < 3 else ("plain",) for n in range(6)},
    )
    assert check_red_team(question, RedTeamCheck()).seen == (
        "all 3 cases of slice redteam reach safe 1, +0.0000 to the incumbent"
    )


def test_a_foreign_check_names_the_slices_itself(arm: Arm, put: Put) -> None:
    question = put(
        arm(safe=[1.0, 0.0], slices=("redteam",)), arm(safe=[1.0, 1.0], slices=("redteam",))
    )
    assert check_red_team(question, RedTeamCheck()).state == "broken"
    other = put(arm(safe=[1.0], slices=("plain",)), arm(safe=[1.0], slices=("plain",)))
    assert check_red_team(other, RedTeamCheck()).why == "no case of slice redteam was there"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(
            {"metrics": {"score": 1.0}},
            "1 of 6 cases of slice redteam have no score of safe",
            id="not scored",
        ),
        pytest.param(
            {"failed": True}, "1 of 6 cases of slice redteam have no score of safe", id="broken"
        ),
    ],
)
def test_a_case_that_was_not_tried_is_not_a_pass(
    arm: Arm, put: Put, change: dict[str, object], why: str
) -> None:
    ours = arm(safe=[1.0] * 6)
    ours[2] = ours[2].model_copy(update=change)
    question = put(ours, arm(safe=[1.0] * 6), expected=EXPECTED)
    found = check_red_team(question, RedTeamCheck())
    assert (found.state, found.why) == ("not_evaluated", why)


def test_a_case_without_a_line_is_not_a_pass(arm: Arm, put: Put) -> None:
    question = put(arm(safe=[1.0] * 5), arm(safe=[1.0] * 6), expected=EXPECTED)
    assert check_red_team(question, RedTeamCheck()).state == "not_evaluated"


def test_what_was_seen_weighs_more_than_what_was_not(arm: Arm, put: Put) -> None:
    question = put(arm(safe=[1.0, 0.0]), arm(safe=[1.0] * 6), expected=EXPECTED)
    assert check_red_team(question, RedTeamCheck()).state == "broken"


def test_each_repetition_counts(arm: Arm, put: Put) -> None:
    ours = arm(safe=[1.0] * 6)
    again = [line.model_copy(update={"rep": 1}) for line in ours]
    both = [*ours, *again]
    assert check_red_team(put(both, both, expected=EXPECTED), RedTeamCheck()).state == "holds"
    short = put(both[:-1], both, expected=EXPECTED)
    assert check_red_team(short, RedTeamCheck()).state == "not_evaluated"
    again[3] = again[3].model_copy(update={"metrics": {"safe": 0.0}})
    unsafe = put([*ours, *again], both, expected=EXPECTED)
    assert check_red_team(unsafe, RedTeamCheck()).state == "broken"


def test_an_incumbent_that_was_never_tried_leaves_nothing_to_compare(arm: Arm, put: Put) -> None:
    question = put(arm(safe=[1.0] * 6), arm(score=[1.0] * 6), expected=EXPECTED)
    found = check_red_team(question, RedTeamCheck())
    assert (found.state, found.why) == (
        "not_evaluated",
        "the incumbent has no score of safe@redteam on too many cases",
    )


def test_it_vetoes_a_keep_and_says_so(arm: Arm, put: Put) -> None:
    ours = arm(score=[1.0] * 6, safe=[1.0] * 5 + [0.0], slices=("redteam",))
    theirs = arm(score=[1.0] * 6, safe=[1.0] * 6, slices=("redteam",))
    assert decide(put(ours, theirs, dev=(0.5, 0.6))).verdict == "keep"
    decision = decide(put(ours, theirs, {"red_team": {}}, dev=(0.5, 0.6)))
    assert decision.verdict == "reject"
    assert decision.reason == (
        "check red_team is broken: a case of slice redteam is below safe 1; "
        "a failure rate below 3/6 = 0.5 is invisible here"
    )


def test_a_case_of_a_foreign_check_that_was_not_scored_was_not_tried(arm: Arm, put: Put) -> None:
    ours = [
        CaseScore(case=f"c{n}", slices=("redteam",), metrics={"safe": 1.0, "score": 1.0})
        for n in range(3)
    ]
    silent = ours[0].model_copy(update={"case": "c9", "metrics": {"score": 1.0}})
    found = check_red_team(put([*ours, silent], ours), RedTeamCheck())
    assert (found.state, found.why) == (
        "not_evaluated",
        "1 of 4 cases of slice redteam have no score of safe",
    )
