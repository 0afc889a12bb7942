"""Rows held against cases that must not be learned from."""

import pytest

from runner.core.chat import Message
from runner.training.curate.error import OverlapError
from runner.training.curate.overlap import Forbidden, Overlap, overlaps, refuse_overlap
from runner.training.row import TrainingRow, training_row

CASE = Forbidden(
    "held-7", "Move the call with Ann Lee of Northwind to Friday.", ("Ann Lee", "Northwind")
)


def row(*asked: str) -> TrainingRow:
    said = [Message(role="user", content=each) for each in asked]
    return training_row([*said, Message(role="assistant", content="ok")])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (CASE.instruction, [Overlap(1, "held-7", exact=True)]),
        (
            "move  the call with ann lee\nof Northwind to friday.",
            [Overlap(1, "held-7", exact=True)],
        ),
        (
            "Move the call with Bob van Moss of Contoso to Friday.",
            [Overlap(1, "held-7", exact=False)],
        ),
        ("Move the call with Bob Moss of Contoso to Monday.", []),
        ("Move the call with  of Contoso to Friday.", []),
        (f"Move the call with {'x' * 81} of Contoso to Friday.", []),
        ("Please move the call with Bob Moss of Contoso to Friday.", []),
    ],
    ids=["exact", "spacing", "other-names", "other-day", "no-name", "no-such-name", "more-words"],
)
def test_a_row_asks_what_a_case_asks_whatever_the_names(asked: str, found: list[Overlap]) -> None:
    assert list(overlaps([row(asked)], [CASE])) == found


def test_without_entities_only_the_same_words_are_the_same() -> None:
    exact = Forbidden(CASE.id, CASE.instruction)
    rows = [row("Move the call with Bob Moss of Contoso to Friday."), row(CASE.instruction)]
    assert list(overlaps(rows, [exact])) == [Overlap(2, "held-7", exact=True)]


def test_a_later_question_of_a_session_counts_too() -> None:
    assert [each.row for each in overlaps([row("Hello.", CASE.instruction)], [CASE])] == [1]


def test_a_case_of_hardly_a_word_matches_no_other_names() -> None:
    short = Forbidden("c", "Call Ann Lee", ("Ann Lee",))
    assert list(overlaps([row("Call the whole thing off")], [short])) == []
    assert len(list(overlaps([row("call ann lee")], [short]))) == 1


def test_a_refusal_names_rows_and_cases() -> None:
    rows = [row("Something else entirely."), row(CASE.instruction)]
    with pytest.raises(OverlapError) as caught:
        refuse_overlap(rows, [CASE])
    assert str(caught.value) == (
        "1 of 2 rows ask what must not be learned: row 2 asks held-7; leave them out"
    )
    refuse_overlap(rows[:1], [CASE])


def test_a_refusal_of_many_names_the_first() -> None:
    with pytest.raises(OverlapError, match="row 10 asks held-7; and 2 more; leave them out"):
        refuse_overlap([row(CASE.instruction)] * 12, [CASE])
