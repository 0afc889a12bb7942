"""The file that instructs a model, whole or broken."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.errors import InvalidCandidateError
from runner.lm.task.surface import (
    MAX_BYTES,
    SurfaceError,
    blanked,
    bodies,
    chosen,
    instructions,
    read_surfaces,
)

FRONT = "---\nname: triage\ndescription: Sort logs.\n---\n"


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("# Sort\n\n- one\n", "# Sort\n\n- one"),
        (f"{FRONT}\n# Sort\n", "# Sort"),
        (f"\ufeff{FRONT}# Sort\n---\nrule\n", "# Sort\n---\nrule"),
        (FRONT.replace("\n", "\r\n") + "# Sort\r\n- a\r\n", "# Sort\r\n- a"),
        ("text\n---\nname: x\n---\n", "text\n---\nname: x\n---"),
        ("--- no fence\ntext", "--- no fence\ntext"),
    ],
    ids=["none", "frontmatter", "byte order mark", "CRLF", "a rule later", "dashes and words"],
)
def test_frontmatter_is_no_part_of_the_instructions(text: str, body: str) -> None:
    assert instructions(text, path="SKILL.md") == body


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\nname: x\n", "SKILL.md:1: frontmatter begins and no line `---` ends it"),
        (
            "---\n- a\n---\ntext",
            "SKILL.md:1: frontmatter: expected a mapping, got a list",
        ),
        (
            "---\n---\ntext",
            "SKILL.md:1: frontmatter: empty; expected name and description",
        ),
        (
            "---\nname: x\n---\ntext",
            "SKILL.md:1: frontmatter: description: expected a text, got nothing",
        ),
        (
            "---\nname: 7\ndescription: y\n---\ntext",
            "SKILL.md:1: frontmatter: name: expected a text, got 7",
        ),
        (
            '---\nname: x\ndescription: " "\n---\ntext',
            'SKILL.md:1: frontmatter: description: expected a text, got " "',
        ),
        (
            "---\nname: x\nname: y\n---\ntext",
            'SKILL.md:3: key "name" appears twice, first on line 2',
        ),
        (f"{FRONT}\n \n", "SKILL.md: no instructions; expected text"),
        ("", "SKILL.md: no instructions; expected text"),
        ("a\nb\0c", "SKILL.md:2: a NUL character; instructions are text"),
        (
            "é" * 2**19,
            "SKILL.md: 1048576 bytes; instructions have at most 65536",
        ),
    ],
    ids=[
        "never closed",
        "a list",
        "nothing in it",
        "no description",
        "a number",
        "blank",
        "a key twice",
        "no body",
        "empty",
        "NUL",
        "a megabyte",
    ],
)
def test_a_broken_file_is_the_candidates_fault(text: str, message: str) -> None:
    with pytest.raises(InvalidCandidateError) as told:
        instructions(text, path="SKILL.md")
    assert str(told.value) == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x" * (MAX_BYTES + 1), "a/SKILL.md: 65537 bytes; instructions have at most 65536"),
        (b"x\xff", "a/SKILL.md: byte 0xff at 1 is not UTF-8; instructions are text"),
    ],
    ids=["large", "no text"],
)
def test_a_file_that_is_no_text_is_refused_when_read(
    tmp_path: Path, data: bytes, message: str
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "SKILL.md").write_bytes(data)
    with pytest.raises(InvalidCandidateError) as told:
        read_surfaces(tmp_path)
    assert str(told.value) == message


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_bytes(b"x" * MAX_BYTES)
    assert len(instructions(read_surfaces(tmp_path)["p.txt"], path="p.txt")) == MAX_BYTES


def test_folds_are_no_surfaces_of_their_own(tmp_path: Path) -> None:
    for path in ("skills/a/SKILL.md", "folds/2/skills/a/SKILL.md"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(path)
    assert read_surfaces(tmp_path) == {"skills/a/SKILL.md": "skills/a/SKILL.md"}
    own, fitted = "skills/a/SKILL.md", "folds/2/skills/a/SKILL.md"
    assert bodies(tmp_path, None, [None, 2, 1, 2]) == [own, fitted, own, fitted]


def test_the_only_file_instructs_unless_another_is_declared() -> None:
    assert chosen({"a.md": ""}, None) == "a.md"
    assert chosen({"a.md": "", "b.md": ""}, "b.md") == "b.md"


@pytest.mark.parametrize(
    ("surfaces", "path", "kind", "message"),
    [
        (
            {"a.md": "", "b.md": ""},
            None,
            SurfaceError,
            "with.prompt: say which file instructs the model: a.md, b.md",
        ),
        (
            {"a.md": ""},
            "b.md",
            InvalidCandidateError,
            "the candidate has no file b.md; it has a.md",
        ),
        (
            {},
            None,
            InvalidCandidateError,
            "the candidate has no file; one with instructions is needed",
        ),
    ],
    ids=["several", "missing", "none"],
)
def test_a_file_that_cannot_be_told_is_refused(
    surfaces: dict[str, str], path: str | None, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as told:
        chosen(surfaces, path)
    assert str(told.value) == message


def test_a_blanked_text_keeps_its_shape_and_says_nothing() -> None:
    text = '# Sört 12\n\n- If "No space",\tthen disk.\n'
    assert blanked(text) == '# xxxx xx\n\n- xx "xx xxxxx",\txxxx xxxx.\n'


@given(text=st.text(max_size=200))
def test_blanking_keeps_length_and_line_breaks_and_is_done_once(text: str) -> None:
    blank = blanked(text)
    assert len(blank) == len(text)
    assert [len(line) for line in blank.split("\n")] == [len(line) for line in text.split("\n")]
    assert {char for char in blank if char.isalnum()} <= {"x"}
    assert blanked(blank) == blank
