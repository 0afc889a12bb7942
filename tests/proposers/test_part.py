import copy
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.proposers.edit import Edit, locate, rewrite
from runner.proposers.gepa.part import MOST_SLOTS, Layout, Part, divided, whole
from tests.proposers.desk import PATH, SKILL

TEXT = "---\nname: a\n---\n# A\n\none\n\n## B\n\ntwo\n\n\n## C\nthree\n"


def _candidate(layout: Layout, before: dict[str, str], edit: Edit, number: int) -> dict[str, str]:
    files = layout.join(before)
    return before | layout.moved(before, locate(files, [edit]), proposal=number)


def _moved(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    return {str(name): text for name, text in after.items() if text != before[name]}


def test_the_parts_of_a_file_are_its_lines_and_joined_they_are_the_file() -> None:
    layout, parts = divided({PATH: TEXT}, proposals=1)
    assert [text for text in parts.values() if text] == TEXT.splitlines(keepends=True)
    assert len(parts) == 2 * len(TEXT.splitlines())
    assert layout.join(parts) == {PATH: TEXT}


def test_what_two_proposals_add_at_one_place_is_in_two_parts() -> None:
    layout, seed = divided({PATH: TEXT}, proposals=2)
    first = _candidate(layout, seed, Edit(find="two\n", replace="two\n- x\n"), 0)
    second = _candidate(layout, seed, Edit(find="two", replace="two\n- y"), 1)
    assert _moved(seed, first) == {f"{PATH}#9+0": "- x\n"}
    assert _moved(seed, second) == {f"{PATH}#9+1": "- y\n"}
    both = first | {Part(f"{PATH}#9+1"): second[Part(f"{PATH}#9+1")]}
    assert layout.join(both)[PATH] == TEXT.replace("two\n", "two\n- x\n- y\n")


def test_what_is_added_before_a_line_is_added_after_the_one_above() -> None:
    layout, seed = divided({PATH: TEXT}, proposals=1)
    after = _candidate(layout, seed, Edit(find="## C\n", replace="- z\n## C\n"), 0)
    assert _moved(seed, after) == {f"{PATH}#11+0": "- z\n"}


def test_an_addition_to_the_end_of_the_file_is_a_part_of_its_own() -> None:
    layout, seed = divided({PATH: TEXT}, proposals=1)
    after = _candidate(layout, seed, Edit(find="", replace="- z"), 0)
    assert _moved(seed, after) == {f"{PATH}#13+0": "- z\n"}


def test_proposals_beyond_the_slots_share_them() -> None:
    layout, seed = divided({PATH: "a\n"}, proposals=100)
    assert len(seed) == 1 + MOST_SLOTS
    after = _candidate(layout, seed, Edit(find="", replace="b"), MOST_SLOTS + 2)
    assert _moved(seed, after) == {f"{PATH}#0+2": "b\n"}


def test_one_part_per_file_needs_no_layout() -> None:
    layout, seed = whole({PATH: SKILL})
    assert list(seed.values()) == [SKILL]
    after = _candidate(layout, seed, Edit(find="Be brief.", replace="Be short."), 0)
    assert layout.join(after) == {PATH: SKILL.replace("brief", "short")}


_TEXT = st.lists(st.sampled_from(["# A", "## B", "a", "- b", "", "```"]), max_size=12).map(
    "\n".join
)
_REPLACE = st.lists(st.sampled_from(["# C", "c", "", "\n"]), max_size=3).map("\n".join)


@given(
    text=_TEXT,
    edits=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12), _REPLACE), max_size=4),
)
def test_whatever_is_edited_the_parts_joined_are_the_text(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    layout, candidate = divided({PATH: text}, proposals=len(edits))
    for number, (start, length, replace) in enumerate(edits):
        files = layout.join(candidate)
        find = files[PATH][start : start + length]
        again = files[PATH].find(find, files[PATH].find(find) + 1) >= 0
        if (find and again) or find == replace:
            continue
        changes = locate(files, [Edit(find=find, replace=replace)])
        candidate |= layout.moved(candidate, changes, proposal=number)
        assert layout.join(candidate) == rewrite(files, changes)


def test_the_names_of_parts_are_in_one_order_in_every_process() -> None:
    code = (
        "from runner.proposers.gepa.part import Part\n"
        "print(list({Part(f'skills/a.md#{n}') for n in range(40)}))"
    )
    orders = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(orders) == 1


def test_a_copied_name_is_the_same_name() -> None:
    name = Part("a#0")
    assert {name: 1}[copy.deepcopy(name)] == 1


@pytest.mark.parametrize("text", ["", "\n", "# A", "a\n\n"], ids=repr)
def test_odd_files_have_parts_too(text: str) -> None:
    layout, seed = divided({PATH: text}, proposals=1)
    assert layout.join(seed) == {PATH: text}
