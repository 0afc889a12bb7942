from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from runner.compression.lexer import lex
from runner.compression.unit import units
from runner.makers.token_compressor.label.mark import (
    blended,
    blind,
    examples,
    forced,
    mk_in_ref,
    ranked,
    sharpened,
)
from runner.makers.token_compressor.label.silver import KEEP_RATE
from runner.makers.token_compressor.network.vocabulary import train_tokenizer
from runner.makers.token_compressor.text import Text


def text(value: str, *must: tuple[int, int, str]) -> Text:
    return Text(value, "log", units(value), must)


def test_silver_marks_weigh_a_lost_unit_twice_as_much_as_a_kept_one() -> None:
    mark = blind([True, False])
    assert (mark.targets, mark.weights) == ([1.0, 0.0], [1.0, 0.5])


def test_self_labels_rank_must_first_and_leave_two_fifths_to_ordinary_units() -> None:
    mark = ranked([0.9, 0.9, 0.6, 0.2, 0.1], [True, False, False, True, False])
    assert mark.keep == [True, True, True, True, False]
    assert mark.targets[0] == mark.targets[3] == 1.0
    assert mark.targets[1:3] + mark.targets[4:] == [
        0.4 * sharpened(rank) for rank in (0.9, 0.6, 0.1)
    ]
    assert mark.weights == [3.0, 1.0, 1.0, 3.0, 0.7]


def test_ranks_are_drawn_apart_around_what_silver_drops() -> None:
    assert sharpened(1 - KEEP_RATE) == 0.5
    assert sharpened(0.45 + 0.06) == pytest.approx(1 / (1 + exp(-1)))
    assert sharpened(0.45 - 0.06) == pytest.approx(1 / (1 + exp(1)))
    assert sharpened(0.0) < 0.001
    assert sharpened(1.0) > 0.999


@given(ranks=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_sharpened_ranks_keep_their_order(ranks: tuple[float, float]) -> None:
    low, high = sorted(ranks)
    assert 0 < sharpened(low) <= sharpened(high) < 1


def test_two_opinions_blend_into_their_mean() -> None:
    assert blended([0.5, 0.5, 1.0], [1.0, 0.25, 0.5]) == [0.75, 0.375, 0.75]


def test_the_override_names_units_by_character_spans() -> None:
    line = "fail at src/a.py:3 now"
    assert forced(line, units(line)) == [False, False, *[True] * 7, False]


def test_the_override_names_a_compound_whole_when_it_names_a_part() -> None:
    line = "a pre-42-go b"
    assert [line[span.start : span.end] for span in lex(line)] == ["-42"]
    assert forced(line, units(line)) == [False, *[True] * 5, False]


def test_a_compound_without_a_must_keep_part_is_not_forced() -> None:
    line = "a well-known way"
    assert forced(line, units(line)) == [False] * 5


def test_tokens_take_the_mark_of_their_unit() -> None:
    tokenizer = train_tokenizer(["abc 12 abc 12"] * 3)
    line = text("abc 12")
    (example,) = examples(tokenizer, [line], [ranked([0.1, 0.9], [False, True])], window=512)
    offsets = tokenizer.encode("abc 12").offsets
    want = [0.4 * sharpened(0.1) if start < 3 else 1.0 for start, _ in offsets]
    assert example.targets == want
    assert len(example.ids) == len(example.weights) == len(want)


def test_a_token_over_several_units_takes_the_highest_mark_and_none_weighs_nothing() -> None:
    tokenizer = Tokenizer(models.WordLevel({"a.b": 0, " ": 1, "[UNK]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "isolated")
    marks = [ranked([0.1, 0.9, 0.1, 0.2], [False, False, True, False])]
    (example,) = examples(tokenizer, [text("a.b c")], marks, window=512)
    assert example.targets == [1.0, 0.0, 0.4 * sharpened(0.2)]
    assert example.weights == [3.0, 0.0, 0.7]


def test_examples_are_cut_to_the_window() -> None:
    tokenizer = train_tokenizer(["ab"])
    line = text("a b a b")
    (example,) = examples(tokenizer, [line], [blind([True] * 4)], window=3)
    assert (len(example.ids), len(example.targets), len(example.weights)) == (3, 3, 3)


def test_mk_in_ref_counts_whole_spans_by_class_and_domain() -> None:
    line = text("a.b 7", (0, 3, "path"), (4, 5, "number"))
    assert mk_in_ref([line], [[True, False, True, True]]) == {
        "mk_in_ref": 0.5,
        "mk_in_ref_log": 0.5,
        "mk_in_ref_number": 1.0,
        "mk_in_ref_path": 0.0,
    }
    assert mk_in_ref([text("a")], [[True]]) == {}
