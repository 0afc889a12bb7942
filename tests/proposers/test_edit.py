import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.errors import InvalidCandidateError, LoopError
from runner.proposers.edit import (
    Change,
    Edit,
    check_files,
    check_narrow,
    check_sections,
    line_count,
    locate,
    rewrite,
)
from runner.proposers.fault import NothingNewError
from runner.proposers.limit import Frame, Limits
from tests.proposers.desk import PATH, RULE, SKILL

FILES = {PATH: SKILL}
TWO = {"a.md": "one\ntwo\n", "b.md": "one\n"}
LAST = '- If the log says "No space left on device", category is disk.'


def _after(*edits: Edit, files: dict[str, str] = FILES) -> dict[str, str]:
    return rewrite(files, locate(files, edits))


def _refusal(files: dict[str, str], *edits: Edit) -> str:
    with pytest.raises(InvalidCandidateError) as caught:
        locate(files, edits)
    return str(caught.value)


def test_a_text_that_occurs_once_is_replaced() -> None:
    after = _after(Edit(find="Be brief.", replace="Be short."))
    assert after == {PATH: SKILL.replace("Be brief.", "Be short.")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\n", "a\nnew\n"), ("a", "a\nnew\n"), ("", "new\n")],
    ids=["after a line", "after half a line", "to nothing"],
)
def test_an_empty_find_appends_a_line(text: str, expected: str) -> None:
    assert _after(Edit(find="", replace="new"), files={PATH: text}) == {PATH: expected}


def test_several_edits_are_sought_in_the_old_text_and_made_at_once() -> None:
    edits = (Edit(find="two", replace="one"), Edit(find="one", replace="two"))
    assert _after(*edits, files={PATH: "one\ntwo\n"}) == {PATH: "two\none\n"}


def test_appended_texts_keep_their_order() -> None:
    edits = (Edit(find="", replace="z"), Edit(find="", replace="a"))
    assert _after(*edits, files={PATH: "1\n"}) == {PATH: "1\nz\na\n"}


@pytest.mark.parametrize(
    ("files", "edits", "problem"),
    [
        pytest.param(
            FILES,
            (Edit(find="nowhere", replace=""),),
            f'edit 1: find "nowhere" does not occur in {PATH}; it must occur exactly once',
            id="not there",
        ),
        pytest.param(
            {PATH: "aaa"},
            (Edit(find="aa", replace=""),),
            f'edit 1: find "aa" occurs more than once in {PATH}; it must occur exactly once',
            id="twice, overlapping",
        ),
        pytest.param(
            FILES,
            (Edit(path="evals/x", find="", replace="x"),),
            f'edit 1: "evals/x" is outside of the surface; it may change {PATH}',
            id="outside",
        ),
        pytest.param(
            TWO,
            (Edit(find="two", replace="x"),),
            "edit 1: no path; it may change a.md, b.md",
            id="which file",
        ),
        pytest.param(
            {PATH: "abcd"},
            (Edit(find="abc", replace="x"), Edit(find="bcd", replace="y")),
            f"two edits overlap in {PATH}",
            id="overlap",
        ),
        pytest.param(
            FILES,
            (Edit(find="Be brief.", replace="a\x00b"),),
            "edit 1: replace holds U+0000, which has no place in a text file",
            id="NUL",
        ),
        pytest.param(
            FILES,
            (Edit(find="Be brief.", replace="\ud800"),),
            "edit 1: replace holds U+D800, which has no place in a text file",
            id="half a character",
        ),
    ],
)
def test_an_edit_that_cannot_be_made_is_refused(
    files: dict[str, str], edits: tuple[Edit, ...], problem: str
) -> None:
    assert _refusal(files, *edits) == problem


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        ((), "proposes nothing new: no edits"),
        ((Edit(find="Be", replace="Be"),), "proposes nothing new: the edits change nothing"),
        ((Edit(find="", replace=""),), "proposes nothing new: the edits change nothing"),
    ],
    ids=["none", "the same", "nothing appended"],
)
def test_edits_that_change_nothing_are_nothing_new(edits: tuple[Edit, ...], problem: str) -> None:
    with pytest.raises(NothingNewError) as caught:
        locate(FILES, edits)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (Edit(find="brief", replace="short"), 1),
        (Edit(find=LAST, replace=f"{LAST}\n- more"), 1),
        (Edit(find=f"{LAST}\n", replace=f"{LAST}\n{RULE}"), 1),
        (Edit(find=f"{LAST}\n", replace=""), 1),
        (Edit(find="## Rules\n\n", replace="## Rules\n\n" + RULE * 3), 3),
        (Edit(find="Read the log and say what went wrong.\n\n## Rules", replace="## All"), 3),
        (Edit(find="", replace="a\nb"), 2),
    ],
    ids=["a word", "a line more", "a rule", "a line less", "three rules", "three lines", "append"],
)
def test_the_lines_of_an_edit_are_those_that_it_touches(edit: Edit, lines: int) -> None:
    (change,) = locate(FILES, [edit])
    assert line_count(SKILL, change) == lines


def test_an_edit_leaves_out_what_it_only_quotes() -> None:
    assert locate({PATH: "one\ntwo\nthree\n"}, [Edit(find="one\ntwo", replace="one\n2")]) == (
        Change(PATH, 4, 7, "2"),
    )


def test_an_edit_of_as_many_lines_as_allowed_is_narrow_and_one_more_is_not() -> None:
    def narrow(lines: int) -> None:
        edit = Edit(find="## Rules\n\n", replace="## Rules\n\n" + RULE * lines)
        check_narrow(FILES, locate(FILES, [edit]), Limits(max_lines=4))

    narrow(4)
    with pytest.raises(InvalidCandidateError) as caught:
        narrow(5)
    assert str(caught.value) == f"an edit changes 5 lines of {PATH}; at most 4 may"


def test_more_edits_than_allowed_are_refused() -> None:
    changes = locate(FILES, [Edit(find="Read", replace="See"), Edit(find="brief", replace="short")])
    check_narrow(FILES, changes, Limits(max_edits=2))
    with pytest.raises(InvalidCandidateError) as caught:
        check_narrow(FILES, changes, Limits())
    assert str(caught.value) == "2 edits; at most 1 may be made"


def _broken(after: str, *, before: str = SKILL, frame: Frame | None = None) -> str | None:
    try:
        check_files({PATH: before}, {PATH: after}, frame or Frame())
    except InvalidCandidateError as err:
        return str(err)
    return None


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("license: MIT", "license: Apache-2.0", None),
        ("license: MIT\n", "", None),
        (
            "name: triage",
            "name: Triage",
            f"the frontmatter's name in {PATH} differs; it must stay to the letter",
        ),
        (
            "name: triage",
            'name: "triage"',
            f"the frontmatter's name in {PATH} differs; it must stay to the letter",
        ),
        (
            "failed.\n",
            "failed. Often.\n",
            f"the frontmatter's description in {PATH} differs; it must stay to the letter",
        ),
        (
            "description: Say why a job failed.\n",
            "",
            f"the frontmatter's description in {PATH} differs; it must stay to the letter",
        ),
        ("MIT\n---\n", "MIT\n", f"{PATH} loses its frontmatter, or the closing --- of it"),
        (SKILL[: SKILL.index("# Tri")], "", f"{PATH} loses its frontmatter, or the closing ---"),
        ("license: MIT", "license: [MIT", f"the frontmatter of {PATH} is no YAML any more: line 5"),
        (
            "license: MIT",
            "name: other",
            f'the frontmatter of {PATH} is no YAML any more: line 4: key "name" appears twice',
        ),
        (SKILL, "\n", f"no instructions are left in {PATH}"),
        (SKILL[SKILL.index("# Tri") :], "", f"no instructions are left in {PATH}"),
    ],
    ids=[
        "another key",
        "a key less",
        "name",
        "name in quotes",
        "description",
        "no description",
        "not closed",
        "gone",
        "no YAML",
        "name twice",
        "empty",
        "frontmatter alone",
    ],
)
def test_the_frontmatter_stays_name_and_description_to_the_letter(
    old: str, new: str, problem: str | None
) -> None:
    found = _broken(SKILL.replace(old, new))
    assert found == problem if problem is None else (found or "").startswith(problem)


def test_a_frontmatter_that_may_change_must_still_be_one() -> None:
    frame = Frame(sections=("frontmatter",))
    assert _broken(SKILL.replace("name: triage", "name: sort"), frame=frame) is None
    assert _broken(SKILL.replace("name: triage", "name: [sort]"), frame=frame) == (
        f"the frontmatter's name in {PATH} is no text any more"
    )
    assert _broken(SKILL.replace("Be brief", "Be short"), frame=frame) == (
        f"the edit changes {PATH} outside of what may change (frontmatter)"
    )


def test_a_file_without_frontmatter_gets_none() -> None:
    assert _broken("---\nname: x\n---\n# A\n", before="# A\n") == (
        f"{PATH} has no frontmatter, and the edit adds one"
    )


def test_a_file_may_grow_to_its_limit_and_one_that_is_larger_may_shrink() -> None:
    frame = Frame(max_bytes=8)
    assert _broken("ä" * 4, before="a", frame=frame) is None
    assert _broken("ä" * 4 + "b", before="a", frame=frame) == (
        f"{PATH} grows to 9 bytes; at most 8 are allowed"
    )
    assert _broken("a" * 10, before="a" * 12, frame=frame) is None


@pytest.mark.parametrize(
    ("old", "new", "fine"),
    [
        ("is disk.\n", "is disk.\n- more\n", True),
        ("is disk.\n", "is disk.\n\n### Deeper\n\nmore\n", True),
        ("is disk.\n", "is disk.\n\n## Other\n\nmore\n", False),
        ("is disk.\n", "is disk.\n```\n", False),
        ("## Rules", "## The rules", False),
        ("Be brief.", "Be short.", False),
        ("Read the log", "See the log", False),
        ("license: MIT", "license: BSD", False),
    ],
    ids=[
        "inside",
        "a deeper heading",
        "a new heading",
        "an open fence",
        "the heading",
        "after",
        "before",
        "frontmatter",
    ],
)
def test_only_the_named_sections_may_change(old: str, new: str, *, fine: bool) -> None:
    found = _broken(SKILL.replace(old, new), frame=Frame(sections=("Rules",)))
    problem = f"the edit changes {PATH} outside of what may change (Rules)"
    assert found == (None if fine else problem)


def test_a_section_that_no_file_has_is_the_specs_fault() -> None:
    with pytest.raises(LoopError) as caught:
        check_sections(FILES, Frame(sections=("Rulez",)))
    assert not isinstance(caught.value, InvalidCandidateError)
    assert str(caught.value) == (
        f'sections: no heading "Rulez" in {PATH}; there are Notes, Rules, Triage'
    )


_LINES = st.lists(st.sampled_from(["a", "b", "", "- a"]), max_size=6).map("\n".join)


@given(text=_LINES, start=st.integers(0, 20), length=st.integers(1, 9), replace=_LINES)
def test_a_trimmed_edit_makes_the_text_that_the_whole_one_would(
    text: str, start: int, length: int, replace: str
) -> None:
    find = text[start : start + length]
    if not find or text.find(find, text.find(find) + 1) >= 0 or find == replace:
        return
    after = rewrite({PATH: text}, locate({PATH: text}, [Edit(find=find, replace=replace)]))
    assert after == {PATH: text.replace(find, replace)}
