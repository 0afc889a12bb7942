"""Labels of one domain: a threshold of its own moves what is kept, and never the order."""

import pytest

from runner.compression.unit import units
from runner.makers.token_compressor.label import Mark, ranked
from runner.makers.token_compressor.params import Until
from runner.makers.token_compressor.portion import stretched
from runner.makers.token_compressor.text import Text
from runner.makers.token_compressor.until import force_spans, lexed_in, mend


@pytest.mark.parametrize("threshold", [0.35, 0.45, 0.55])
def test_scores_above_a_threshold_come_to_lie_above_one_half(threshold: float) -> None:
    scores = [0.0, 0.2, threshold, threshold + 0.01, 0.9, 1.0]
    found = stretched(scores, threshold)
    assert [score > 0.5 for score in found] == [score > threshold for score in scores]
    assert found == sorted(found)
    assert (found[0], found[2], found[-1]) == (0.0, 0.5, pytest.approx(1.0))


def test_without_a_threshold_scores_stay() -> None:
    assert stretched([0.1, 0.7], None) == [0.1, 0.7]


def text(value: str) -> Text:
    return Text(value, "log", units(value), ())


def marked(pattern: str) -> Mark:
    keep = [sign == "#" for sign in pattern]
    return Mark(keep, [0.9 if flag else 0.1 for flag in keep], [1.0] * len(keep))


# units: wait job_7 not ok now fine - lexed: job_7 and not
LINE = text("wait job_7 not ok now fine")


def test_lexed_spans_are_counted_whole() -> None:
    assert lexed_in(LINE, marked(".##...").keep) == (2, 2)
    assert lexed_in(LINE, marked("##....").keep) == (1, 2)


def test_a_text_below_the_share_is_forced_and_one_above_is_left_alone() -> None:
    mended = mend([LINE, LINE], [marked("##...."), marked(".##...")], Until())
    assert (mended.before, mended.after, mended.forced, mended.dropped) == (0.75, 1.0, 1, 0)
    assert mended.marks[0].keep == [True, True, True, False, False, False]
    assert mended.marks[0] == ranked(
        [0.9, 0.9, 0.1, 0.1, 0.1, 0.1], [False, True, True, *[False] * 3]
    )
    assert mended.marks[1] == marked(".##...")


def test_a_satisfied_evaluator_forces_nothing() -> None:
    marks = [marked(".##...")] * 9 + [marked("##....")]
    mended = mend([LINE] * 10, marks, Until())
    assert (mended.before, mended.forced) == (0.95, 0)


def test_labels_that_keep_too_much_teach_nothing() -> None:
    mended = mend([LINE, LINE], [marked("#####."), marked("######")], Until(ratio=1.2))
    assert (mended.dropped, len(mended.texts)) == (1, 1)


def test_forcing_keeps_all_units_of_lexed_spans() -> None:
    assert force_spans(LINE, marked("......")).keep == [False, True, True, False, False, False]
