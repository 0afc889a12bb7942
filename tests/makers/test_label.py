from tokenizers import Tokenizer, models, pre_tokenizers

from runner.compression.unit import units
from runner.makers.token_compressor.label import blended, blind, examples, forced, mk_in_ref, ranked
from runner.makers.token_compressor.text import Text
from runner.makers.token_compressor.vocabulary import train_tokenizer


def text(value: str, *must: tuple[int, int, str]) -> Text:
    return Text(value, "log", units(value), must)


def test_silver_marks_weigh_a_lost_unit_twice_as_much_as_a_kept_one() -> None:
    mark = blind([True, False])
    assert (mark.targets, mark.weights) == ([1.0, 0.0], [1.0, 0.5])


def test_self_labels_rank_must_first_and_leave_other_scores_below_the_cap_alone() -> None:
    mark = ranked([0.9, 0.9, 0.6, 0.2, 0.1], [True, False, False, True, False])
    assert mark.keep == [True, True, True, True, False]
    assert mark.targets == [1.0, 0.85, 0.6, 1.0, 0.1]
    assert mark.weights == [3.0, 1.0, 1.0, 3.0, 0.5]


def test_blended_scores_are_the_mean_of_scores_and_labels() -> None:
    assert blended([0.5, 0.5, 1.0], [True, False, True]) == [0.75, 0.25, 1.0]


def test_the_override_names_units_by_character_spans() -> None:
    line = "fail at src/a.py:3 now"
    assert forced(line, units(line)) == [False, False, *[True] * 7, False]


def test_tokens_take_the_mark_of_their_unit() -> None:
    tokenizer = train_tokenizer(["abc 12 abc 12"] * 3)
    line = text("abc 12")
    (example,) = examples(tokenizer, [line], [ranked([0.1, 0.9], [False, True])], window=512)
    offsets = tokenizer.encode("abc 12").offsets
    want = [0.1 if start < 3 else 1.0 for start, _ in offsets]
    assert example.targets == want
    assert len(example.ids) == len(example.weights) == len(want)


def test_a_token_over_several_units_takes_the_highest_mark_and_none_weighs_nothing() -> None:
    tokenizer = Tokenizer(models.WordLevel({"a.b": 0, " ": 1, "[UNK]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "isolated")
    marks = [ranked([0.1, 0.9, 0.1, 0.2], [False, False, True, False])]
    (example,) = examples(tokenizer, [text("a.b c")], marks, window=512)
    assert example.targets == [1.0, 0.0, 0.2]
    assert example.weights == [3.0, 0.0, 0.5]


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
