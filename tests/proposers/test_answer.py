import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.core.errors import InvalidCandidateError
from runner.proposers.answer import MOST_BYTES, one_line, read_answer
from runner.proposers.edit import Edit
from runner.proposers.limit import Limits
from runner.proposers.suggest import Task, read_suggestion
from tests.conftest import SOAK
from tests.proposers.desk import PATH, RULE, SKILL, added, reply

EDIT = {"find": "a", "replace": "b"}
WHOLE = reply(EDIT, why="w")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(WHOLE, id="alone"),
        pytest.param(f"Here it is:\n```json\n{WHOLE}\n```\nDone.", id="in a fence"),
        pytest.param(f"I looked at {{x}} and propose {WHOLE} as said.", id="in prose"),
        pytest.param(f"{reply(why='no')}\nNo, better:\n{WHOLE}", id="the last of two"),
    ],
)
def test_an_answer_is_found_wherever_a_model_put_it(text: str) -> None:
    answer = read_answer(text)
    assert (answer.why, answer.edits) == ("w", (Edit(find="a", replace="b"),))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the answer is empty"),
        (" \n\t", "the answer is empty"),
        ("I cannot help.", 'the answer holds no JSON object with "why" and "edits"'),
        ("[1, 2]", 'the answer holds no JSON object with "why" and "edits"'),
        ('{"edits": []}', "the answer is malformed: why: missing"),
        ('{"why": "w"}', "the answer is malformed: edits: missing"),
        (
            '{"why": " ", "edits": []}',
            'the answer is malformed: why: expected at least 1 characters, got " "',
        ),
        ('{"why": 1, "edits": []}', "the answer is malformed: why: expected a string, got 1"),
        ('{"why": "w", "edits": {}}', "the answer is malformed: edits: expected a list, got"),
        (
            '{"why": "w", "edits": [{"find": "a"}]}',
            "the answer is malformed: edits[0].replace: missing",
        ),
        (
            '{"why": "w", "edits": [{"find": "a", "replace": "b", "all": true}]}',
            "the answer is malformed: edits[0].all: unknown",
        ),
        ("{" * 5000, 'the answer holds no JSON object with "why" and "edits"'),
        ('{"edits":' * 5000, 'the answer holds no JSON object with "why" and "edits"'),
        (
            "x" * (1 << 20),
            f"the answer has 1048576 bytes; at most {MOST_BYTES} are read",
        ),
    ],
    ids=[
        "empty",
        "blank",
        "prose",
        "a list",
        "no why",
        "no edits",
        "blank why",
        "why of a number",
        "edits of a mapping",
        "an edit without replace",
        "an edit with more",
        "braces",
        "nested without end",
        "a megabyte",
    ],
)
def test_an_answer_that_is_none_says_what_is_wrong_with_it(text: str, problem: str) -> None:
    with pytest.raises(InvalidCandidateError) as caught:
        read_answer(text)
    assert str(caught.value).startswith(problem)


def test_a_why_of_many_lines_and_control_marks_becomes_one_short_line() -> None:
    assert one_line("a\n\n b\tc\x1b[31m") == "a b c\\x1b[31m"
    assert one_line("x" * 400) == "x" * 297 + "..."


_TEXTS = st.text(max_size=40) | st.sampled_from(["", RULE, SKILL, "---\n", "Read the log", "\x00"])
_EDITS = st.lists(
    st.fixed_dictionaries(
        {"find": _TEXTS, "replace": _TEXTS}, optional={"path": st.sampled_from([PATH, "a/../b"])}
    ),
    max_size=3,
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
_ANSWERS = (
    st.text(max_size=200)
    | st.builds(lambda edits: reply(*edits), _EDITS)
    | st.builds(json.dumps, _JSON)
    | st.builds(
        lambda text, at, more: text[: at % len(text)] + more + text[at % len(text) :],
        st.just(added()),
        st.integers(0, 500),
        st.text(max_size=3),
    )
)


def _survives(text: str) -> None:
    task = Task({PATH: SKILL}, Limits(), veto=lambda after: None)
    try:
        made = read_suggestion(text, task)
    except InvalidCandidateError:
        return
    after = made.files[PATH]
    assert after != SKILL
    assert "name: triage\ndescription: Say why a job failed.\n" in after
    assert after.encode().decode() == after
    assert 1 <= made.lines <= 12
    assert len(made.changes) == 1


@settings(max_examples=200, deadline=None)
@given(_ANSWERS)
def test_no_answer_breaks_the_surface_or_the_program(text: str) -> None:
    _survives(text)


@pytest.mark.slow
@pytest.mark.soak
@settings(max_examples=200 * SOAK, deadline=None)
@given(_ANSWERS)
def test_no_answer_of_many_breaks_the_surface_or_the_program(text: str) -> None:
    _survives(text)
