import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compression.decide import by_budget, by_threshold, force, named, render, slices
from runner.compression.lexer import lex
from runner.compression.unit import units


def kept(text: str, *words: str) -> str:
    pieces = units(text)
    return render(text, pieces, [text[a:b] in words for a, b in pieces])


@pytest.mark.parametrize(
    ("scores", "want"),
    [
        ([0.6, 0.5, 0.4], [True, False, False]),
        ([math.nan, 1.0], [False, True]),
        ([], []),
    ],
    ids=["equal is dropped", "nan is dropped", "empty"],
)
def test_the_threshold_keeps_what_scores_above_it(scores: list[float], want: list[bool]) -> None:
    assert by_threshold(scores, 0.5) == want


@pytest.mark.parametrize(
    ("budget", "want"),
    [
        (0.5, [True, False, True, False]),
        (0.74, [True, False, True, False]),
        (0.75, [True, True, True, False]),
        (0.0, [False] * 4),
        (1.0, [True] * 4),
    ],
)
def test_a_budget_keeps_the_best_units_and_never_more(budget: float, want: list[bool]) -> None:
    assert by_budget([0.9, 0.3, 0.8, 0.1], budget) == want


def test_seven_tenths_of_ten_units_are_seven() -> None:
    assert sum(by_budget([0.5] * 10, 0.7)) == 7


def test_ties_go_to_the_earlier_unit() -> None:
    assert by_budget([1.0, 1.0, 1.0, 1.0], 0.5) == [True, True, False, False]


def test_forced_units_rank_before_better_scores() -> None:
    forced = [False, False, False, True]
    assert by_budget([0.9, 0.8, 0.7, 0.1], 0.5, forced=forced) == [True, False, False, True]


def test_force_keeps_both() -> None:
    assert force([True, False, False], [False, False, True]) == [True, False, True]


@pytest.mark.parametrize(
    ("text", "words", "want"),
    [
        ("the Quick brown fox", ("Quick", "fox"), "Quick fox"),
        ("a  b\n\n  c", ("a", "b", "c"), "a  b\n\n  c"),
        ("one two\nthree four", ("one", "four"), "one\nfour"),
        ("foo(bar)", ("foo", "bar"), "foo(bar"),
        ("x = {y}", ("x", "}"), "x }"),
        ("f(g(h))", ("f", "h"), "f(h"),
        ("a.b", ("a", "."), "a."),
        ("5(a).3", ("5", ".", "3"), "5(.3"),
        ("5.a-3", ("5", ".", "3"), "5.-3"),
        ("1.b.2", ("1", ".", "2"), "1..2"),
        ("drop all", (), ""),
        ("one two\r\n", ("one",), "one\r\n"),
        ("one two three", ("one",), "one"),
        ("one two ", ("one",), "one "),
        ("one(two)", ("one",), "one"),
        ("  one two\n", ("one",), "  one\n"),
        ("  one two\n", ("two",), "two\n"),
        ("one\ntwo\n\n", ("one",), "one\n\n"),
        (" \n\t", (), " \n\t"),
    ],
    ids=[
        *(
            "case",
            "whitespace",
            "newline wins",
            "no fusing",
            "gap",
            "no new number",
            "a mark that joins",
            "only a word",
            "nested",
            "tail",
            "empty",
        ),
        *("last line ends", "tail gap", "last space", "tail without gap", "indent", "lost indent"),
        *("last newline wins", "no units"),
    ],
)
def test_output_is_made_of_slices_of_the_input(
    text: str, words: tuple[str, ...], want: str
) -> None:
    assert kept(text, *words) == want


@given(st.text(alphabet="aB1 .(\n_é", max_size=50), st.randoms(use_true_random=False))
def test_any_decision_yields_ascending_slices_and_fuses_no_words(text: str, draw: object) -> None:
    pieces = units(text)
    keep = [bool(draw.getrandbits(1)) for _ in pieces]  # type: ignore[attr-defined]
    cut = slices(text, pieces, keep)
    output = render(text, pieces, keep)
    assert all(a < b for a, b in cut)
    assert list(cut) == sorted(cut)
    assert len(output) <= len(text)
    words = [text[a:b] for (a, b), flag in zip(pieces, keep, strict=True) if flag]
    named = [word for word in words if word[0].isalnum() or word[0] == "_"]
    out_words = [output[a:b] for a, b in units(output)]
    assert [w for w in out_words if w[0].isalnum() or w[0] == "_"] == named


@given(st.text(max_size=50))
def test_keeping_everything_returns_the_text_itself(text: str) -> None:
    pieces = units(text)
    assert render(text, pieces, [True] * len(pieces)) == text


def test_lexed_spans_name_each_unit_that_they_touch() -> None:
    text = "see a/b.py now"
    assert named(units(text), lex(text)) == [False, *[True] * 5, False]
