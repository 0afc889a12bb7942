import subprocess
import sys
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, field_validator

from runner.core.build import MisfitError, build
from runner.core.frozen import Frozen
from runner.core.problem import MalformedError, Problem, dotted, printable, shown, suggestion


class Mean(Frozen):
    kind: Literal["mean"]
    weights: tuple[float, ...]


class Vote(Frozen):
    kind: Literal["vote"]
    keep_if: Annotated[int, Field(ge=1)]


class Model(Frozen):
    """Stands for any plug-in's parameters, which may use all of pydantic."""

    tagged: Annotated[Mean | Vote, Field(discriminator="kind")] | None = None
    many: dict[str, Mean | tuple[int, ...] | Literal["off"]] = {}
    size: Literal[8, 16] = 8
    name: Annotated[str, Field(min_length=2, max_length=3)] = "ab"
    odd: int = 1

    @field_validator("odd")
    @classmethod
    def _is_odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"expected an odd number, got {value}")
        return value


def complaints(data: object) -> list[str]:
    with pytest.raises(MisfitError) as error:
        build(Model, data)
    return [f"{dotted(each.pointer)}: {each.text}" for each in error.value.complaints]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            {"tagged": {"kind": "vote", "keep_if": 0, "keepif": 1}},
            [
                "tagged.keep_if: expected a number >= 1, got 0",
                'tagged.keepif: unknown key; did you mean "keep_if"?',
            ],
            id="tagged branch",
        ),
        pytest.param(
            {"many": {"a": {"kind": "mean", "weights": ["x"]}}},
            ['many.a.weights[0]: expected a number, got "x"'],
            id="branch that the value enters",
        ),
        pytest.param(
            {"many": {"a": [1, "x"]}},
            ['many.a[1]: expected an integer, got "x"'],
            id="list branch",
        ),
        pytest.param(
            {"many": {"a": 3}},
            ['many.a: expected a mapping or a list or "off", got 3'],
            id="no branch",
        ),
        pytest.param({"size": 9}, ["size: expected one of 8, 16, got 9"], id="numbers"),
        pytest.param({"name": "a"}, ['name: expected at least 2 characters, got "a"'], id="short"),
        pytest.param(
            {"name": "abcd"}, ['name: expected at most 3 characters, got "abcd"'], id="long"
        ),
        pytest.param({"odd": 2}, ["odd: expected an odd number, got 2"], id="own rule"),
        pytest.param({"odd": "1"}, ['odd: expected an integer, got "1"'], id="no coercion"),
        pytest.param(
            {"odd": 2, "size": "8"},
            ['size: expected one of 8, 16, got "8"', "odd: expected an odd number, got 2"],
            id="in the order of the fields",
        ),
        pytest.param(None, [": expected a mapping, got nothing"], id="nothing"),
    ],
)
def test_pydantics_errors_are_told_in_the_authors_words(data: object, expected: list[str]) -> None:
    assert complaints(data) == expected


def test_what_fits_is_built() -> None:
    built = build(Model, {"tagged": {"kind": "mean", "weights": [1, 0.5]}, "many": {"a": "off"}})
    assert built == Model(tagged=Mean(kind="mean", weights=(1, 0.5)), many={"a": "off"})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 20) | st.floats(-1, 1) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "weights", "keep_if", "many", "x", "mean", "vote"]),
            inner | st.sampled_from(["mean", "vote", "off"]),
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*Model.model_fields, "zzz"]), VALUES, max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_value_is_built_or_complained_of_within_itself(data: dict[str, object]) -> None:
    try:
        assert isinstance(build(Model, data), Model)
    except MisfitError as err:
        told = err.complaints
    else:
        told = ()
    for complaint in told:
        place: object = data
        for part in complaint.pointer[:-1]:
            place = place[part]  # type: ignore[index]
        assert complaint.text
        assert "Input should" not in complaint.text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        (1.5, "1.5"),
        ("a\nb", '"a\\nb"'),
        ("\x1b[2J\u202e", '"\\u001b[2J\\u202e"'),
        ("x" * 99, '"' + "x" * 55 + "..."),
        ({}, "an empty mapping"),
        ({"a": 1}, "a mapping"),
        ([], "an empty list"),
        ([1], "a list"),
    ],
)
def test_what_was_found_is_shown_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


@given(st.text())
@settings(deadline=None)
def test_foreign_text_cannot_move_the_cursor(text: str) -> None:
    assert printable(text).isprintable()
    assert shown(text).isprintable()
    assert dotted((text, 1)).isprintable()


@pytest.mark.parametrize(
    ("name", "known", "text"),
    [
        ("patince", ["patience", "target"], '; did you mean "patience"?'),
        ("zzz", ["b", "a"], "; known: a, b"),
        ("zzz", [], ""),
    ],
)
def test_a_misspelt_name_gets_a_suggestion(name: str, known: list[str], text: str) -> None:
    assert suggestion(name, known) == text


def test_problems_are_sorted_and_told_once() -> None:
    late, early = Problem("a.yaml", 10, "x"), Problem("a.yaml", 9, "y")
    error = MalformedError([late, early, late])
    assert error.problems == (early, late)
    assert str(error) == "a.yaml:9: y\na.yaml:10: x"


def test_reading_yaml_costs_no_pydantic_and_a_good_file_no_explaining() -> None:
    program = (
        "import sys, runner.core.document\n"
        "print('pydantic' in sys.modules)\n"
        "import runner.spec.load\n"
        "print('runner.core.explain' in sys.modules, 'difflib' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\nFalse False\n"
