from math import isnan, nan

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from runner.compression.token import Frame, frame_of, score_tokens, score_units, unit_scores

NONE = Frame((), ())


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({"[PAD]": 0, "[S]": 1, "a": 2}, unk_token="[PAD]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


def echo(rows: list[list[int]]) -> list[list[float]]:
    longest = max(map(len, rows))
    return [[*map(float, row), *[-1.0] * (longest - len(row))] for row in rows]


def test_a_tokenizer_without_special_tokens_has_an_empty_frame() -> None:
    assert frame_of(tokenizer()) == NONE


def test_the_frame_is_what_the_tokenizer_sets_around_a_text() -> None:
    made = tokenizer()
    made.add_special_tokens(["[S]"])
    made.post_processor = processors.TemplateProcessing(
        single="[S] [S] $A [S]", special_tokens=[("[S]", 1)]
    )
    assert frame_of(made) == Frame((1, 1), (1,))
    made.post_processor = processors.TemplateProcessing(
        single="$A [S]", special_tokens=[("[S]", 1)]
    )
    assert frame_of(made) == Frame((), (1,))


def test_each_token_gets_its_own_score_whatever_the_windows_and_batches() -> None:
    rows = [list(range(start, start + length)) for start, length in ((0, 3), (7, 700), (9, 1))]
    seen: list[int] = []

    def run(batch: list[list[int]]) -> list[list[float]]:
        seen.extend(map(len, batch))
        assert all((row[0], row[-1]) == (900, 901) for row in batch)
        return echo(batch)

    found = score_tokens(run, [*rows, []], frame=Frame((900,), (901,)), window=512)
    assert found == [[float(value) for value in row] for row in rows] + [[]]
    assert sorted(seen) == [3, 5, 254, 258, 258]


def test_a_text_that_fits_is_never_cut() -> None:
    lengths: list[int] = []

    def run(batch: list[list[int]]) -> list[list[float]]:
        lengths.extend(map(len, batch))
        return echo(batch)

    score_tokens(run, [[1] * 512], frame=NONE, window=512)
    assert lengths == [512]


def test_a_batch_holds_at_most_1024_tokens() -> None:
    sizes: list[int] = []

    def run(batch: list[list[int]]) -> list[list[float]]:
        sizes.append(len(batch) * max(map(len, batch)))
        return echo(batch)

    score_tokens(run, [[1] * 100] * 25, frame=NONE, window=512)
    assert sizes == [1000, 1000, 500]


def test_a_unit_scores_the_highest_of_the_tokens_that_touch_it() -> None:
    units = ((0, 3), (4, 6), (7, 9), (12, 13))
    offsets = [(0, 1), (1, 3), (3, 3), (3, 8), (8, 9)]  # the fourth token covers three units
    scores = [0.2, 0.4, 0.9, 0.6, 1.0]
    assert unit_scores(units, offsets, scores) == [0.4, 0.6, 1.0, 1.0]


@pytest.mark.parametrize("scores", [[nan, 0.5], [0.5, nan]])
def test_a_unit_with_a_token_that_is_not_a_number_is_none(scores: list[float]) -> None:
    (found,) = unit_scores(((0, 4),), [(0, 2), (2, 4)], scores)
    assert isnan(found)


def test_the_units_of_a_compound_share_the_score_of_its_best_word() -> None:
    made = Tokenizer(models.WordLevel({"?": 0, "a": 2, "b": 1, "-": 9, "c": 3}, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    assert score_units(echo, made, ["b-a c", "b - a", "x-x"], window=16) == [
        [2.0, 2.0, 2.0, 3.0],
        [1.0, 9.0, 2.0],
        [0.0, 0.0, 0.0],
    ]


def test_empty_texts_have_no_scores() -> None:
    assert score_units(echo, tokenizer(), ["", "a", " \n"], window=8) == [[], [2.0], []]
