"""A bug is kept only where hidden tests tell it from its fix, and the report tells nothing."""

from collections.abc import Sequence

import pytest

from runner.worlds.repair.examine import Case, Examined
from runner.worlds.repair.validate import (
    Measured,
    Refusal,
    duplicates,
    judged,
    leak,
    measured,
    validated,
)
from tests.worlds.repair import tiny

WRONG = tiny.bug("start += number", "start = number")
PASSES, FAILS = {"t::a": True, "t::b": True}, {"t::a": False, "t::b": True}


def ran(tests: dict[str, bool], outcome: str = "graded") -> Examined:
    return Examined(outcome, tests, 0.0, "")  # type: ignore[arg-type]


def refused(*runs: Examined) -> str:
    found = judged(WRONG, before=(runs[0], runs[1]), after=(runs[2], runs[3]))
    return f"{found.reason}: {found.detail}" if isinstance(found, Refusal) else ""


@pytest.mark.slow
def test_a_bug_comes_back_with_the_tests_that_tell_it() -> None:
    found = validated(WRONG)

    assert not isinstance(found, Refusal)
    assert found.fail_to_pass == (
        *("tests/test_add.py::test_a_start_is_added", "tests/test_add.py::test_mean"),
        "tests/test_add.py::test_total[two]",
    )
    assert found.pass_to_pass == (
        *("tests/test_add.py::test_a_mean_needs_numbers", "tests/test_add.py::test_total[none]"),
    )
    assert found.patch == WRONG.patch


class Recorded:
    """A runner that answers from a list and counts what it was asked."""

    def __init__(self, *answers: dict[str, bool]) -> None:
        self.answers = [*answers]
        self.asked: list[tuple[str, int]] = []

    def __call__(self, cases: Sequence[Case], seed: int) -> Sequence[Examined]:
        self.asked += [(case.patch, seed) for case in cases]
        return [ran(self.answers.pop(0)) for _ in cases]


def test_each_state_is_run_with_two_seeds() -> None:
    runner = Recorded(FAILS, FAILS, PASSES, PASSES)
    (found,) = measured([WRONG], runner=runner)

    assert isinstance(found, Measured)
    assert (found.bug.fail_to_pass, found.bug.pass_to_pass) == (("t::a",), ("t::b",))
    assert found.flaky == ()
    assert runner.asked == [("", 0), ("", 1), (WRONG.patch, 0), (WRONG.patch, 1)]


def test_a_fault_that_no_test_sees_is_run_once() -> None:
    runner = Recorded(PASSES)
    (found,) = measured([WRONG], runner=runner)

    assert found == Refusal(WRONG.id, "no_fail", "all hidden tests pass before the fix")
    assert runner.asked == [("", 0)]


def test_a_test_that_is_not_alike_each_time_counts_for_nothing() -> None:
    before = (ran({"f": True, **FAILS}), ran({"f": False, **FAILS}))
    after = (ran({"f": True, "g": False, **PASSES}), ran({"f": True, **PASSES}))
    found = judged(WRONG, before=before, after=after)

    assert isinstance(found, Measured)
    assert found.flaky == ("f", "g")
    assert (found.bug.fail_to_pass, found.bug.pass_to_pass) == (("t::a",), ("t::b",))


NONE: dict[str, bool] = {}


@pytest.mark.parametrize(
    ("runs", "why"),
    [
        (
            [ran({"f": True}), ran({"f": False}), ran({"f": True}), ran({"f": True})],
            "no_fail: no hidden test fails before the fix each time",
        ),
        (
            [ran({"a": False}), ran({"a": False}), ran({"a": True}), ran({"a": True})],
            "no_pass: no hidden test passes before the fix",
        ),
        (
            [ran(FAILS), ran(FAILS), ran(FAILS), ran(FAILS)],
            "gold: 1 tests fail after the fix: t::a",
        ),
        (
            [ran(FAILS), ran(FAILS), ran({"t::a": True}), ran({"t::a": True})],
            "gold: 1 tests fail after the fix: t::b",
        ),
        (
            [ran(FAILS), ran(FAILS), ran(NONE, "unapplied"), ran(NONE, "unapplied")],
            "gold: after the fix: the patch does not fit",
        ),
        (
            [ran(NONE, "timeout"), ran(FAILS), ran(PASSES), ran(PASSES)],
            "hangs: before the fix: the tests hang",
        ),
        (
            [ran(FAILS), ran(FAILS), ran(PASSES), ran(NONE, "crashed")],
            "hangs: after the fix: the tests crash",
        ),
    ],
    ids=["only-flaky", "no-guard", "not-fixed", "breaks-another", "unfit", "hangs", "crashes"],
)
def test_a_bug_is_refused_with_its_reason(runs: list[Examined], why: str) -> None:
    assert refused(*runs) == why


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("`total([1])` gives 1.", ""),
        ("Try start  += number instead.", "start += number"),
        ("There it says start = number, which is wrong.", "start = number"),
        ("@@ -5,7 +5,7 @@", "@@ -"),
    ],
    ids=["nothing", "fix", "fault", "diff"],
)
def test_no_changed_line_may_stand_in_the_report(told: str, found: str) -> None:
    assert leak(tiny.bug("start += number", "start = number", told=told)) == found


@pytest.mark.parametrize(
    ("line", "told", "found"),
    [
        ("    return total / len(numbers)\n", "total / len(numbers)", "total / len(numbers)"),
        ("    mean = total  / len(numbers)\n", "total / len(numbers)", "total / len(numbers)"),
        ("    mean += total / len(numbers)\n", "total / len(numbers)", "total / len(numbers)"),
        ("    elif total < len(numbers):\n", "total < len(numbers)", "total < len(numbers)"),
        ("    while total < len(numbers):\n", "total < len(numbers)", "total < len(numbers)"),
        ("    for n in sorted(numbers):\n", "the sorted(numbers)", "sorted(numbers)"),
        ("    return abs(number)\n", "abs(number) is 2", ""),
        ("    return count_of_numbers\n", "count_of_numbers is wrong", ""),
        ('    return "nothing at all"\n', 'it says "nothing at all"', ""),
        ("    return total / (\n", "total / (", ""),
        ("    return total / len(numbers)\n", "total / count(numbers)", ""),
    ],
    ids=[
        "returned",
        "assigned",
        "added",
        "tested",
        "looped",
        "gone through",
        "short",
        "name",
        "constant",
        "no statement",
        "another",
    ],
)
def test_what_a_changed_line_says_may_not_stand_in_the_report(
    line: str, told: str, found: str
) -> None:
    assert leak(tiny.bug("    return start\n", line, told=f"There {told} stands.")) == found


def test_what_the_fix_returns_may_not_stand_in_the_report() -> None:
    right = "total(numbers) / len(numbers)"
    bug = tiny.bug(f"return {right}", "return 0", told=f"I would expect {right}.")
    assert leak(bug) == right


def test_short_lines_leak_nothing() -> None:
    assert not leak(tiny.bug("    return start\n", "    return 0\n", told="return 0"))


def test_a_leak_refuses_a_bug() -> None:
    told = "start += number would be right."
    bug = tiny.bug("start += number", "start = number", told=told)
    found = validated(bug, runner=Recorded(FAILS, FAILS, PASSES, PASSES))

    assert found == Refusal(bug.id, "leak", "start += number")


def test_a_bug_that_comes_to_the_same_as_an_earlier_one_is_dropped() -> None:
    commented = {**WRONG.files, "sums/add.py": f"# new\n{WRONG.files['sums/add.py']}"}
    told = {"fail_to_pass": ("t::other",)}
    other = tiny.bug("start += number", "start -= number")
    bugs = [
        WRONG,
        WRONG.model_copy(update={"instance_id": "same-tree", "files": commented, **told}),
        other.model_copy(update={"instance_id": "same-tests"}),
        other.model_copy(update={"instance_id": "other-tests", **told}),
        other.model_copy(
            update={"instance_id": "other-repo", "repo": "looper/other", "files": WRONG.files}
        ),
    ]

    assert duplicates(bugs) == {"same-tree": "sums__001", "same-tests": "sums__001"}
