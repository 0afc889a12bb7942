"""What stands together without a blank is kept or dropped whole."""

from itertools import pairwise
from math import isnan, nan
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compression.compound import compounds, highest
from runner.compression.unit import is_word, units


def found(text: str) -> list[str]:
    pieces = units(text)
    return [text[pieces[g[0]][0] : pieces[g[-1]][1]] for g in compounds(text, pieces)]


@pytest.mark.parametrize(
    "whole",
    [
        "src/server/main.py:12:4",
        "/var/lib/agent",
        "./run.sh",
        "~/notes",
        "C:\\Users\\out",
        "--dry-run",
        "-v",
        "v2.14.0-rc.1+build.7",
        ">=1.14",
        "~=3.2",
        "^1.8",
        "3.14",
        "10.20.30.40:8443",
        "2001:db8::8a2e:7334",
        "::1",
        "well-known",
        "self.pool.take",
        "ops@mail.example",
        "retries=5",
        "a->b",
        "$HOME",
        "#3907",
        "user_id?x",
        "40%",
        "https://host.example/a?b=1&c=2#top",
    ],
)
def test_joined_words_are_one_compound(whole: str) -> None:
    assert found(f"so {whole} it is") == [whole]


@pytest.mark.parametrize("text", ["word", "two words", "user_id", "- a", "(a)", "a, b", "a.", "%"])
def test_a_single_unit_is_no_compound(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("f(a.b, c.d)", ["a.b", "c.d"]),
        ("[1.5]{2.5}", ["1.5", "2.5"]),
        ("'a-b'\"c-d\"", ["a-b", "c-d"]),
        ("a.b;c.d", ["a.b", "c.d"]),
        ("1,000.5", ["000.5"]),
        ("x-y z-w", ["x-y", "z-w"]),
    ],
)
def test_brackets_quotes_commas_and_semicolons_part_compounds(text: str, parts: list[str]) -> None:
    assert found(text) == parts


@pytest.mark.parametrize("text", ["50% of", "50%.", "50%)"])
def test_a_percent_sign_goes_with_its_number(text: str) -> None:
    assert found(text) == ["50%"]


def test_a_full_stop_or_dash_after_a_word_is_not_its_own() -> None:
    assert found("see a.b. Then c-d - or e") == ["a.b", "c-d"]


def test_compounds_are_ranges_of_unit_indices() -> None:
    text = "go to 10.20.30.40 or --x"
    assert compounds(text, units(text)) == (range(2, 9), range(10, 13))


@given(st.text(alphabet='ab1_ -./:%=()",\n\u00e9', max_size=80))
def test_compounds_are_ascending_disjoint_and_without_a_gap(text: str) -> None:
    pieces = units(text)
    groups = compounds(text, pieces)
    assert all(one.stop <= other.start for one, other in pairwise(groups))
    for group in groups:
        assert len(group) > 1
        assert all(pieces[a][1] == pieces[b][0] for a, b in pairwise(group))
        assert any(is_word(text[pieces[index][0]]) for index in group)


@pytest.mark.parametrize(
    "line", ["-" * 65536, "a-" * 32768, "-" * 17 + "a" * 65536, "a" + ":" * 65535]
)
def test_time_is_linear_in_a_hostile_line(line: str) -> None:
    def seconds(text: str) -> float:
        pieces, start = units(text), process_time()
        compounds(text, pieces)
        return process_time() - start

    assert seconds(line) < 1


def test_every_unit_has_the_score_of_the_best_word_and_marks_have_no_say() -> None:
    text = "a b-c d"
    pieces = units(text)
    scores = [0.1, 0.2, 0.9, 0.4, 0.3]
    assert highest(text, pieces, scores, compounds(text, pieces)) == [0.1, 0.4, 0.4, 0.4, 0.3]
    assert scores == [0.1, 0.2, 0.9, 0.4, 0.3]


@pytest.mark.parametrize("scores", [[nan, 0.1, 0.2], [0.2, 0.1, nan]])
def test_a_word_that_is_not_a_number_is_not_hidden_by_its_compound(scores: list[float]) -> None:
    assert all(map(isnan, highest("a-b", units("a-b"), scores, (range(3),))))
