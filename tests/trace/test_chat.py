"""What a request repeats of what was said before."""

import pytest

from runner.trace.chat import listed, repeated
from runner.trace.span import Span


@pytest.mark.parametrize(
    ("value", "found"),
    [(None, []), ([1, 2], [1, 2]), ({"role": "user"}, [{"role": "user"}]), ("hi", ["hi"])],
    ids=["missing", "a list", "one message", "a text"],
)
def test_messages_are_a_list_whatever_the_writer_left(value: object, found: list[object]) -> None:
    assert listed(Span("chat", {} if value is None else {"said": value}, 0.0), "said") == found


@pytest.mark.parametrize(
    ("asked", "shown", "count"),
    [
        ([], [], 0),
        (["a"], [], 0),
        (["a", "b"], ["a"], 1),
        (["a", "b"], ["a", "b"], 2),
        (["a"], ["a", "b"], 1),
        (["a", "x", "c"], ["a", "b", "c"], 1),
        (["x"], ["a"], 0),
    ],
    ids=["nothing", "new", "longer", "same", "shorter", "forked", "other"],
)
def test_a_request_repeats_what_it_begins_with(
    asked: list[str], shown: list[str], count: int
) -> None:
    assert repeated(asked, shown) == count
