import pytest

from runner.compression.contamination import Overlap, clean, corpus_grams, grams, overlap

EIGHT = "one two three four five six seven eight"


def test_grams_are_runs_of_units_without_case_and_whitespace() -> None:
    assert list(grams("A b:  C", 3)) == [("a", "b", ":"), ("b", ":", "c")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param(" \n", [], id="whitespace"),
        pytest.param("a b", [("a", "b")], id="shorter than a gram: whole"),
        pytest.param("a b c", [("a", "b", "c")], id="equal"),
    ],
)
def test_a_short_text_is_one_gram(text: str, expected: list[tuple[str, ...]]) -> None:
    assert list(grams(text, 3)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"zero {EIGHT.upper()} nine", False, id="eight shared units, other case"),
        pytest.param("one two\nthree four five six seven nine", True, id="seven shared units"),
        pytest.param(EIGHT.replace(" ", ", "), True, id="punctuation between"),
        pytest.param("", True, id="empty"),
    ],
)
def test_eight_shared_units_taint_a_text(text: str, *, expected: bool) -> None:
    assert clean(text, corpus_grams([f"about {EIGHT}, as it were"])) is expected


def test_overlap_counts_texts_and_distinct_grams() -> None:
    seen = corpus_grams(["a b c d", "x y"], 3)
    assert overlap(["a b c", "0 a b c d", "b c 0", "x y"], seen, 3) == Overlap(
        texts=4, tainted=3, grams=3
    )


def test_no_text_overlaps_nothing() -> None:
    assert overlap([], corpus_grams([EIGHT])) == Overlap(texts=0, tainted=0, grams=0)
