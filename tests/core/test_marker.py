import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.marker import (
    MARK_BYTES,
    MARK_END,
    Marked,
    mark_begin,
    replace_marked,
    split_marked,
    wrap,
)

TIP = "0123456789abcdef"
PROSE = st.text(alphabet=st.characters(exclude_categories=["Cs"])).filter(
    lambda text: "git-loop:" not in text
)


def test_our_part_stands_between_its_markers() -> None:
    assert wrap("\nhello\n", loop="toy", tip=TIP) == (
        "<!-- git-loop:begin loop=toy tip=01234567 -->\nhello\n<!-- git-loop:end -->"
    )


def test_the_longest_markers_fit_their_reserve() -> None:
    assert len(wrap("", loop="a" * 48, tip=TIP).encode()) <= MARK_BYTES


@given(PROSE, PROSE)
def test_what_people_wrote_survives_byte_for_byte(before: str, after: str) -> None:
    body = before + wrap("old", loop="toy", tip=TIP) + after
    assert replace_marked(body, "new", loop="toy", tip="f" * 40) == (
        before + wrap("new", loop="toy", tip="f" * 40) + after
    )


def test_replacing_twice_is_replacing_once() -> None:
    once = replace_marked("Please review.\n", "text", loop="toy", tip=TIP)
    assert once == f"Please review.\n\n{wrap('text', loop='toy', tip=TIP)}"
    assert replace_marked(once, "text", loop="toy", tip=TIP) == once


def test_an_empty_body_becomes_our_part_alone() -> None:
    assert replace_marked("", "text", loop="toy", tip=TIP) == wrap("text", loop="toy", tip=TIP)


def test_another_loops_part_is_not_ours() -> None:
    body = wrap("theirs", loop="toy-two", tip=TIP)
    assert split_marked(body, loop="toy") == Marked(before=body, inside=None, after="", tip=None)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf of a web edit"])
def test_a_body_is_cut_at_the_markers(newline: str) -> None:
    body = newline.join(["hi", mark_begin("toy", TIP), "a", "b", MARK_END, "bye"])
    assert split_marked(body, loop="toy") == Marked(
        before=f"hi{newline}", inside=f"a{newline}b", after=f"{newline}bye", tip="01234567"
    )


def test_text_below_a_lost_end_marker_is_kept_as_written_by_people() -> None:
    body = f"{mark_begin('toy', TIP)}\nmaybe mine"
    assert replace_marked(body, "new", loop="toy", tip=TIP) == (
        f"{wrap('new', loop='toy', tip=TIP)}\n\nmaybe mine"
    )
