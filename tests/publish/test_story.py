from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.forge import CheckState, StatusState
from runner.core.marker import MARK_END, mark_begin, wrap
from runner.publish.publish import Published
from runner.publish.story import (
    DESCRIPTION_MAX,
    LABEL_MAX,
    SUMMARY_MAX,
    TITLE_MAX,
    Event,
    Story,
    cut,
    same,
    shown,
)

SHA = "0123456789abcdef0123456789abcdef01234567"


def unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def story(body: str = "ours") -> Story:
    return Story(
        loop="kompress",
        branch="loop/kompress",
        base="main",
        sha=SHA,
        title="t",
        body=body,
        state="pending",
        description="d",
    )


OURS = f"{mark_begin('kompress', SHA)}\nours\n{MARK_END}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", OURS, id="empty"),
        pytest.param(wrap("old", loop="kompress", tip="ff"), OURS, id="replaced"),
        pytest.param(
            f"Hello\n\n{wrap('old', loop='kompress', tip='ff')}\n\nBye",
            f"Hello\n\n{OURS}\n\nBye",
            id="people-around",
        ),
        pytest.param("Only theirs", f"{OURS}\n\nOnly theirs", id="markers-deleted"),
        pytest.param(
            f"a\n{mark_begin('kompress', 'ff')}\nb", f"{OURS}\n\na\n\nb", id="end-deleted"
        ),
        pytest.param(
            f"Hello\n\n{wrap('old', loop='kompress', tip='ff')}\nBye".replace("\n", "\r\n"),
            f"Hello\n\n{OURS}\nBye",
            id="windows-line-ends",
        ),
        pytest.param(
            wrap("other", loop="looper", tip="ff"),
            f"{OURS}\n\n{wrap('other', loop='looper', tip='ff')}",
            id="another-loop",
        ),
    ],
)
def test_only_our_part_is_replaced(before: str, after: str) -> None:
    assert shown(story(), before) == after


def test_a_body_that_brings_its_markers_gets_no_second_pair() -> None:
    assert shown(story(wrap("ours", loop="kompress", tip="ff")), "") == OURS


@given(st.text(alphabet="ab \n\r<!->", max_size=60), st.text(alphabet="ab \n\r<!->", max_size=60))
def test_showing_twice_changes_nothing_and_people_keep_their_words(above: str, below: str) -> None:
    once = shown(story(), f"{above}\n{wrap('old', loop='kompress', tip='ff')}\n{below}")
    assert shown(story(), once) == once
    assert once.count(OURS) == 1
    assert once.startswith(unix(f"{above}\n"))
    assert once.endswith(unix(f"\n{below}"))


def test_line_ends_and_outer_blanks_are_no_difference() -> None:
    assert same("a\r\nb\n", "a\nb")
    assert not same("a\nb", "a b")


@pytest.mark.parametrize(
    ("text", "most", "cut_text"),
    [
        pytest.param("abc", 3, "abc", id="fits"),
        pytest.param("abcd", 3, "ab…", id="cut"),
        pytest.param("a\n b", 9, "a b", id="one-line"),
        pytest.param("ab cd", 4, "ab…", id="no-blank-before-the-ellipsis"),
    ],
)
def test_text_is_cut_to_what_the_forge_takes(text: str, most: int, cut_text: str) -> None:
    assert cut(text, most) == cut_text


def test_a_label_of_the_longest_loop_name_fits() -> None:
    long = Story(
        loop="k" * 48,
        branch="b",
        base="main",
        sha=SHA,
        title="t",
        body="",
        state="pending",
        description="",
        stopped=True,
    )
    assert long.labels == ("loop", "loop:" + "k" * 44 + "…", "loop-stopped")
    assert long.context == "loop/" + "k" * 48 + "/gate"


@pytest.mark.parametrize(
    ("state", "stopped", "expected"),
    [
        pytest.param("pending", False, "pending", id="under-way"),
        pytest.param("pending", True, "neutral", id="at-rest-without-a-gain"),
        pytest.param("success", True, "success", id="at-rest-with-one"),
        pytest.param("failure", True, "failure", id="stopped-by-error"),
    ],
)
def test_a_check_run_waits_only_while_the_loop_runs(
    state: StatusState, expected: CheckState, *, stopped: bool
) -> None:
    assert replace(story(), state=state, stopped=stopped).check == expected


def test_a_claim_that_waits_for_its_lock_box_is_pending_though_the_loop_rests() -> None:
    waiting = replace(story(), state="pending", stopped=True, waits=True)
    assert waiting.check == "pending"


def test_a_story_asks_for_nothing_that_it_was_not_told_to() -> None:
    plain = story()
    assert (plain.stopped, plain.waits, plain.reopen) == (False, False, False)
    assert (plain.comments, plain.reviewers) == ((), ())


def test_what_was_rendered_cannot_be_changed_on_its_way_to_the_forge() -> None:
    done = Published(number=1, url="u", created=True, notes=())
    for each, name in ((story(), "sha"), (Event("stopped", "why"), "text"), (done, "number")):
        with pytest.raises(FrozenInstanceError):
            setattr(each, name, "other")


def test_the_forges_limits_are_what_it_documents() -> None:
    assert (LABEL_MAX, TITLE_MAX, DESCRIPTION_MAX, SUMMARY_MAX) == (50, 256, 140, 60_000)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("one\ntwo\n", "one\ntwo", id="plain"),
        pytest.param(wrap("one\ntwo", loop="kompress", tip="ff"), "one\ntwo", id="marked"),
        pytest.param("x" * SUMMARY_MAX, "x" * SUMMARY_MAX, id="at-the-limit"),
        pytest.param("x" * (SUMMARY_MAX + 1), "x" * SUMMARY_MAX, id="one-line-over-it"),
        pytest.param("a" * (SUMMARY_MAX - 1) + "\nbc", "a" * (SUMMARY_MAX - 1), id="line-cut"),
        pytest.param("a" * SUMMARY_MAX + "\nb", "a" * SUMMARY_MAX, id="line-at-the-limit"),
        pytest.param("a" * (SUMMARY_MAX + 1) + "\nb", "a" * SUMMARY_MAX, id="line-over-it"),
        pytest.param(
            "a\n" + "b" * (SUMMARY_MAX - 2),
            "a\n" + "b" * (SUMMARY_MAX - 2),
            id="lines-at-the-limit",
        ),
    ],
)
def test_a_check_run_shows_the_first_whole_lines_of_our_part(body: str, expected: str) -> None:
    assert story(body).summary == expected
