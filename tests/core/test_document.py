import json
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.core.document import MAX_BYTES, Document, parse
from runner.core.errors import SpecError
from runner.core.problem import Complaint


def read(text: str) -> object:
    return parse(text.encode(), path="f.yaml").data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("Off", "Off"),
        ("012", 12),
        ("-012", -12),
        ("+3", 3),
        ("0o14", 12),
        ("0x1F", 31),
        ("-0x10", "-0x10"),
        ("0b11", "0b11"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2026-01-01", "2026-01-01"),
        ("<<", "<<"),
        ("=", "="),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-2.5E-1", -0.25),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775807", 1 - 2**63),
        ("0" * 300 + "7", 7),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("~", None),
        ("null", None),
        ("", None),
        ("'12'", "12"),
        ('""', ""),
        ("|\n  12\n", "12\n"),
        ("\N{GRINNING FACE}", "\N{GRINNING FACE}"),
    ],
)
def test_scalars_are_read_as_yaml_1_2_says(text: str, value: object) -> None:
    found = read(f"a: {text}")
    assert found == {"a": value}
    assert type(found["a"]) is type(value)  # type: ignore[index]


TAB, LONG = "\t", "9" * 5000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "1: the file is empty"),
        (b"# only a comment\n", "2: the file is empty"),
        (b"a: 1\nb: 2\na: 3", '3: key "a" appears twice, first on line 1'),
        (b"x:\n  - {a: 1, a: 2}", '2: key "a" appears twice, first on line 2'),
        (b"a: &x 1", "1: anchors (&) and aliases (*) are not allowed; write it out"),
        (b"a:\n  b: *x", "2: anchors (&) and aliases (*) are not allowed; write it out"),
        (b"&x a: 1", "1: anchors (&) and aliases (*) are not allowed; write it out"),
        (b"a: !!str 1", '1: tags are not allowed; remove "tag:yaml.org,2002:str"'),
        (
            b"a: !!python/object:os.system x",
            '1: tags are not allowed; remove "tag:yaml.org,2002:python/object:os.sy..."',
        ),
        (b"a: ! 1", '1: tags are not allowed; remove "!"'),
        (b"a: 1\n---\nb: 2", "2: a second document begins here; one file holds one document"),
        (b"%YAML 1.1\n---\na: 1", "1: directives are not allowed; remove the line with `%`"),
        (b"%TAG ! x\n---\na: 1", "1: directives are not allowed; remove the line with `%`"),
        (b"a: .nan", '1: ".nan" is not a finite number'),
        (b"a: -.INF", '1: "-.INF" is not a finite number'),
        (b"a: 1e999", '1: "1e999" is not a finite number'),
        (b"a: 9223372036854775808", '1: "9223372036854775808" does not fit into 64 bits'),
        (f"a: {LONG}".encode(), f'1: "{LONG[:37]}..." does not fit into 64 bits'),
        (b'"a\\n\\e": 1\n"a\\n\\e": 2', r'2: key "a\n\x1b" appears twice, first on line 1'),
        (b"1: 2", '1: the key "1" needs quotes to be a string'),
        (b"true: 1", '1: the key "true" needs quotes to be a string'),
        (b"? [a]\n: 1", "1: a list or mapping cannot be a key"),
        (b"a:\n\t- b", "2: a tab; YAML indents with spaces only"),
        (b"a: @b", '1: a value cannot begin with "@"; put it in quotes'),
        (b"a: b: c", "1: a second `: ` on one line; put the value in quotes"),
        (b"a: [1,", "2: expected a value"),
        (b"a: {b: 1", "2: expected `,` or `}`: the mapping `{` is not closed"),
        (b"a: 'x", "1: the file ends inside quotes"),
        (b"- a\nb: 1", "2: expected another `- item` at the same indentation"),
        (b"a: 1\nb: \xff", "2: byte 0xff is not UTF-8"),
        (b"a: 1\nb: \x00", "2: a NUL character; the file is not text"),
        (b"a: \x01", "1: control characters are not allowed"),
        (b"a: 1\n...\nb", "3: text after the end of the document"),
        (b"x" * 65537, "1: 65537 bytes; a declaration has at most 65536"),
    ],
)
def test_what_a_declaration_may_not_contain_is_named_with_its_line(
    data: bytes, message: str
) -> None:
    with pytest.raises(SpecError) as error:
        parse(data, path="loops/f.yaml")
    assert str(error.value) == f"loops/f.yaml:{message}"
    assert error.value.exit_code == 2


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "], ids=["list", "map", "item", "key"])
def test_deep_nesting_is_refused_at_once(opening: str) -> None:
    bomb = opening * (MAX_BYTES // len(opening))
    start = time.monotonic()
    with pytest.raises(SpecError):
        parse(bomb.encode(), path="f.yaml")
    assert time.monotonic() - start < 2


def test_twenty_levels_are_read_and_the_next_is_not() -> None:
    assert read("[" * 20 + "]" * 20) is not None
    with pytest.raises(SpecError, match=r"^f\.yaml:1: nested deeper than 20 levels$"):
        read("[" * 21 + "]" * 21)


def test_a_billion_laughs_expand_to_nothing() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    with pytest.raises(SpecError, match=r"^f\.yaml:1: anchors"):
        read("\n".join(lines))


def test_a_cycle_is_refused() -> None:
    with pytest.raises(SpecError, match="anchors"):
        read("&a [*a]")


SAMPLE = """\
# comment
loop: x
make:
  command:
    - python
    - train.py
  env: {A: 1,
    B: 2}
text: |
  several
  lines
last: 1
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ((), 2),
        (("loop",), 2),
        (("make",), 3),
        (("make", "command"), 4),
        (("make", "command", 0), 5),
        (("make", "command", 1), 6),
        (("make", "env", "A"), 7),
        (("make", "env", "B"), 8),
        (("text",), 9),
        (("last",), 12),
        (("make", "missing"), 3),
        (("make", "command", 7, "deeper"), 4),
        (("missing",), 2),
    ],
    ids=str,
)
def test_each_part_knows_its_line_and_a_missing_part_its_parents(
    pointer: tuple[str | int, ...], line: int
) -> None:
    assert parse(SAMPLE.encode(), path="f.yaml").line(pointer) == line


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    plain = parse(SAMPLE.encode(), path="f.yaml")
    windows = parse(b"\xef\xbb\xbf" + SAMPLE.replace("\n", "\r\n").encode(), path="f.yaml")
    assert windows.data == plain.data
    assert windows.lines == plain.lines


def test_a_complaint_gets_file_line_and_dotted_place() -> None:
    document = Document(path="a.yaml", data={}, lines={(): 1, ("x",): 4})
    assert str(document.problem(Complaint(("x", 1, "y"), "no"))) == "a.yaml:4: x[1].y: no"
    assert str(document.problem(Complaint((), "no"))) == "a.yaml:1: no"


@given(st.text(alphabet=":-[]{}#&*!|>'\"%@`,? \t\n~a1.0ex\x85\u2028", max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_json_value_or_one_located_error(text: str) -> None:
    try:
        found = parse(text.encode(), path="f.yaml")
    except SpecError as err:
        place, _, words = str(err).partition(": ")
        assert place.startswith("f.yaml:")
        assert int(place.removeprefix("f.yaml:")) >= 1
        assert words
    else:
        assert found.line(()) >= 1


@given(st.binary(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_json_value_or_an_error(data: bytes) -> None:
    found = None
    try:
        parse(data, path="f.yaml")
    except SpecError as err:
        found = str(err)
    assert found is None or found.startswith("f.yaml:")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=1 - 2**63, max_value=2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(alphabet="abcdefgh", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=200, deadline=None)
def test_json_is_read_back_as_it_was(value: object) -> None:
    assert parse(json.dumps({"v": value}, ensure_ascii=False).encode(), path="f.yaml").data == {
        "v": value
    }


def test_structure_agrees_with_a_second_reader() -> None:
    assert read(SAMPLE) == yaml.safe_load(SAMPLE)
