import json
import lzma
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.core.build import MisfitError
from runner.core.problem import Complaint, MalformedError
from runner.evals.split import Case, overlaps, read_each, read_split, text_key
from runner.evals.split import jsonl as as_lines


def jsonl(*cases: object) -> bytes:
    return b"".join(json.dumps(case).encode() + b"\n" for case in cases)


def test_cases_come_in_file_order_with_their_lines() -> None:
    data = jsonl({"id": "b", "slices": ["x", "y"]}) + b"\n  \n" + jsonl({"id": "a"})
    assert read_split(data, path="dev.jsonl") == (
        Case(id="b", line=1, slices=("x", "y"), data={"id": "b", "slices": ["x", "y"]}),
        Case(id="a", line=4, slices=(), data={"id": "a"}),
    )


def test_an_archive_reads_like_the_plain_file() -> None:
    data = jsonl({"id": "a"}, {"id": "b"})
    assert read_split(lzma.compress(data), path="d.jsonl.xz") == read_split(data, path="d.jsonl")


def test_a_line_separator_inside_a_string_does_not_end_a_case() -> None:
    data = '{"id": "a", "text": "x\u2028y"}\n{"id": "b"}\n'.encode()
    assert [case.line for case in read_split(data, path="d.jsonl")] == [1, 2]


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        (b"", "d.jsonl", "d.jsonl:1: no case; a split has at least one"),
        (b"\n\n", "d.jsonl", "d.jsonl:1: no case; a split has at least one"),
        (
            jsonl({"id": "a"}) + b"{\n",
            "d.jsonl",
            (
                "d.jsonl:2: not JSON: Expecting property name "
                "enclosed in double quotes: line 1 column 2 (char 1)"
            ),
        ),
        (b'{"id": "a", "x": NaN}', "d.jsonl", "d.jsonl:1: not JSON: NaN is not a finite number"),
        (b"[1]", "d.jsonl", "d.jsonl:1: expected a JSON object, got a list"),
        (b"{}", "d.jsonl", "d.jsonl:1: id: expected a non-empty string, got nothing"),
        (b'{"id": " "}', "d.jsonl", 'd.jsonl:1: id: expected a non-empty string, got " "'),
        (b'{"id": 7}', "d.jsonl", "d.jsonl:1: id: expected a non-empty string, got 7"),
        (
            b'{"id": "a", "slices": "x"}',
            "d.jsonl",
            'd.jsonl:1: slices: expected a list of strings, got "x"',
        ),
        (
            jsonl({"id": "a"}, {"id": "b"}, {"id": "a"}),
            "d.jsonl",
            'd.jsonl:3: case "a" appears twice, first on line 1',
        ),
        (
            jsonl(1, {"id": ""}),
            "d.jsonl",
            (
                "d.jsonl:1: expected a JSON object, got 1\n"
                'd.jsonl:2: id: expected a non-empty string, got ""'
            ),
        ),
        (b"x", "d.jsonl.age", "d.jsonl.age:1: sealed; open it before reading its cases"),
        (
            b"x",
            "d.jsonl.xz",
            "d.jsonl.xz:1: not an xz archive: Input format not supported by decoder",
        ),
        (
            lzma.compress(b"x" * 999)[:-20],
            "d.jsonl.xz",
            "d.jsonl.xz:1: the xz archive is cut short, or holds more than 268435456 bytes",
        ),
    ],
)
def test_what_is_no_case_is_named_with_its_line(data: bytes, path: str, message: str) -> None:
    with pytest.raises(MalformedError) as error:
        read_split(data, path=path)
    assert str(error.value) == message


def test_a_wholly_wrong_file_is_twenty_lines_of_message() -> None:
    with pytest.raises(MalformedError) as error:
        read_split(b"x\n" * 500, path="d.jsonl")
    assert len(error.value.problems) == 20


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_cases_or_located_problems(data: bytes) -> None:
    lines = {0}
    try:
        lines |= {case.line for case in read_split(data, path="d.jsonl")}
    except MalformedError as err:
        lines |= {problem.line for problem in err.problems}
    assert len(lines) > 1


def case(name: str, line: int = 1, **data: object) -> Case:
    return Case(id=name, line=line, slices=(), data={"id": name, **data})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (case("a", text="Fix  the\nbug"), case("b", text="fix the bug"), True),
        (case("a", text="fix the bug"), case("b", text="fix the bugs"), False),
        (case("a", input="x"), case("b", input="X "), True),
        (case("a", input=[1, {"b": 2}]), case("b", input=[1, {"b": 2}], label=3), True),
        (case("a", q=1, slices=["x"], cluster="k"), case("b", q=1), True),
        (case("a", q=1), case("b", q=2), False),
    ],
    ids=["spacing and case", "other text", "input", "structured", "bookkeeping", "whole"],
)
def test_two_cases_are_the_same_when_they_ask_the_same(
    one: Case, other: Case, *, same: bool
) -> None:
    assert (text_key(one) == text_key(other)) is same


def test_overlaps_are_named_by_id_or_by_text_and_once_each() -> None:
    splits = {
        "train": [case("a", text="one"), case("b", 2, text="two")],
        "dev": [case("c", text="ONE"), case("d", 2, text="four")],
        "heldout": [case("a", text="six"), case("e", 2, text="Four"), case("f", 3, text="new")],
    }
    assert overlaps(splits) == [
        'dev:1 "c" is also in train, by text ("a")',
        'heldout:1 "a" is also in train, by id ("a")',
        'heldout:2 "e" is also in dev, by text ("d")',
    ]


def test_a_repeated_text_within_one_split_is_no_overlap() -> None:
    assert overlaps({"train": [case("a", text="x"), case("b", text="x")]}) == []


FIXTURES = b"""\
- id: full
  input: |
    No space left
  label: {category: disk}
- {id: net, input: timed out, slices: [seen]}
"""


def test_cases_written_by_hand_in_yaml_read_like_lines() -> None:
    first, second = read_split(FIXTURES, path="evals/e/fixtures.yaml")
    assert (first.id, first.line, first.data["label"]) == ("full", 1, {"category": "disk"})
    assert (second.id, second.line, second.slices) == ("net", 5, ("seen",))
    plain = as_lines(FIXTURES, path="evals/e/fixtures.yaml")
    assert [case.data for case in read_split(plain, path="d.jsonl")] == [first.data, second.data]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"cases: []", "f.yaml:1: expected a list of cases, got a mapping"),
        (b"- {input: x}", "f.yaml:1: id: expected a non-empty string, got nothing"),
        (b"- {id: a}\n- {id: a}", 'f.yaml:2: case "a" appears twice, first on line 1'),
        (b"- {id: a", "f.yaml:2: expected `,` or `}`: the mapping `{` is not closed"),
        (b"[]", "f.yaml:1: no case; a split has at least one"),
    ],
    ids=["no list", "no id", "twice", "no yaml", "empty"],
)
def test_yaml_that_is_no_split_says_where(text: bytes, message: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_split(text, path="f.yaml")
    assert str(caught.value) == message


def test_files_end_in_a_newline_so_that_they_can_be_joined() -> None:
    assert as_lines(b'{"id": "a"}', path="d.jsonl") == b'{"id": "a"}\n'
    assert as_lines(b"", path="d.jsonl") == b""


def test_each_case_is_taken_and_every_complaint_names_its_line() -> None:
    def take(data: Mapping[str, Any]) -> str:
        if data["id"] == "a":
            return "taken"
        raise MisfitError((Complaint(("input", 0), "too long"), Complaint((), "odd")))

    assert read_each(b'{"id": "a"}\n', take, path="dev.jsonl") == ("taken",)
    with pytest.raises(MalformedError) as caught:
        read_each(b'{"id": "a"}\n\n{"id": "b"}\n', take, path="dev.jsonl")
    assert str(caught.value) == "dev.jsonl:3: input[0]: too long\ndev.jsonl:3: odd"
