import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compression.unit import is_word, mark, overlap, touched, unit_texts, units


def texts(text: str) -> list[str]:
    return [text[start:end] for start, end in units(text)]


def test_words_numbers_and_single_signs_are_units() -> None:
    assert texts("a_b(12) != x.y\n\té9") == ["a_b", "(", "12", ")", "!", "=", "x", ".", "y", "é9"]


def test_an_empty_text_has_no_units() -> None:
    assert units(" \n\t") == ()


@given(st.text(max_size=80))
def test_the_texts_of_units_are_what_their_spans_hold(text: str) -> None:
    assert unit_texts(text) == [text[start:end] for start, end in units(text)]


@given(st.text(max_size=80))
def test_units_are_disjoint_ascending_and_cover_all_but_whitespace(text: str) -> None:
    covered = "".join(texts(text))
    assert covered == "".join(text.split())
    starts = [start for start, _ in units(text)]
    assert starts == sorted(set(starts))


def test_a_span_touches_exactly_the_units_it_shares_a_character_with() -> None:
    pieces = units("ab cd.ef")
    assert list(overlap(pieces, (1, 4))) == [0, 1]
    assert list(overlap(pieces, (2, 3))) == []
    assert list(overlap(pieces, (5, 6))) == [2]
    assert list(overlap(pieces, (0, 8))) == [0, 1, 2, 3]


def test_marks_name_the_units_of_all_spans() -> None:
    assert mark(units("ab cd.ef"), ((0, 1), (6, 8))) == [True, False, False, True]


@given(
    text=st.text(max_size=40),
    cuts=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=20),
)
def test_one_pass_over_ascending_spans_touches_what_each_overlaps(
    text: str, cuts: list[tuple[int, int]]
) -> None:
    pieces, spans = units(text), [(start, start + size) for start, size in sorted(cuts)]
    assert [tuple(held) for held in touched(pieces, spans)] == [
        tuple(overlap(pieces, span)) for span in spans
    ]


@pytest.mark.parametrize(("char", "word"), [("a", True), ("7", True), ("_", True), ("-", False)])
def test_a_word_is_told_by_a_letter_a_digit_or_an_underscore(char: str, *, word: bool) -> None:
    assert is_word(char) is word
