"""Labels of one domain: a threshold of its own moves what is kept, and never the order."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import BPE

from runner.compression.model import Compressor
from runner.compression.options import Options
from runner.compression.unit import units
from runner.makers.token_compressor.label.mark import Mark, sharpened
from runner.makers.token_compressor.label.portion import Rule, evened, label, stretched
from runner.makers.token_compressor.method.until import force_spans, lexed_in, mend
from runner.makers.token_compressor.params import Until
from runner.makers.token_compressor.text import Text


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
    assert mended.marks[0].targets == [0.9, 1.0, 1.0, 0.1, 0.1, 0.1]
    assert mended.marks[0].weights == [1.0, 3.0, 3.0, 1.0, 1.0, 1.0]
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


@dataclass(frozen=True)
class Fixed:
    values: list[float]

    def scores(self, texts: list[str]) -> list[list[float]]:
        return [self.values for _ in texts]


def model(*values: float, threshold: float = 0.4) -> Compressor:
    return Compressor(Fixed([*values]), Tokenizer(BPE()), Options(threshold=threshold))


def target(rank: float) -> float:
    """What an ordinary unit of this rank teaches."""
    return 0.4 * sharpened(rank)


def test_labels_without_silver_are_what_the_model_and_its_override_leave() -> None:
    own = model(0.9, 0.1, 0.1, 0.45, 0.4, 0.2)
    (mark,) = label(own, [LINE], [], Rule(override="span", blend=False))
    assert mark.keep == [True, True, True, True, False, False]
    assert mark.targets == pytest.approx(
        [target(5 / 6), 1.0, 1.0, target(4 / 6), target(3 / 6), target(2 / 6)]
    )
    assert mark.weights == [1.0, 3.0, 3.0, 1.0, 0.7, 0.7]


def test_a_threshold_that_was_asked_for_moves_the_targets_too() -> None:
    own = model(0.9, 0.1, 0.1, 0.45, 0.4, 0.2)
    (mark,) = label(own, [LINE], [], Rule(override="off", threshold=0.2, blend=False))
    # ranks 5/6, 0, 0, 4/6, 3/6, 2/6; those above 0.2 come to lie above 0.5
    assert mark.keep == [True, False, False, True, True, True]
    wanted = [target(0.5 + 0.5 * (rank / 6 - 0.2) / 0.8) for rank in (5, 4, 3, 2)]
    assert [mark.targets[index] for index in (0, 3, 4, 5)] == pytest.approx(wanted)
    assert mark.targets[1:3] == [target(0.0), target(0.0)]


def test_labels_with_silver_are_the_mean_of_both_ranks() -> None:
    own = model(0.9, 0.1, 0.1, 0.45, 0.4, 0.2)
    silver = [(0.0, 0.9, 0.9, 0.5, 0.9, 0.5)]
    (mark,) = label(own, [LINE], silver, Rule(override="off"))
    means = [5 / 12, 0.45, 0.45, 7 / 12, 0.7, 5 / 12]
    assert mark.keep == [False, False, False, True, True, False]
    assert mark.targets == pytest.approx([target(mean) for mean in means])


def test_must_keep_units_come_before_what_either_rank_says() -> None:
    own = model(0.9, 0.1, 0.1, 0.45, 0.4, 0.2)
    (mark,) = label(own, [LINE], [(0.0,) * 6], Rule(override="span"))
    assert mark.keep == [False, True, True, False, False, False]
    assert mark.targets[1:3] == [1.0, 1.0]


def test_ranks_are_the_share_of_all_scores_that_are_lower() -> None:
    assert evened([[0.2, 0.9], [], [0.2, 0.5]]) == [[0.0, 0.75], [], [0.0, 0.5]]
    assert evened([]) == []


@given(scores=st.lists(st.lists(st.integers(0, 99))))
def test_ranks_keep_the_order_and_not_the_distances(scores: list[list[int]]) -> None:
    found = evened([[score / 100 for score in each] for each in scores])
    assert evened([[score / 10000 + 0.9 for score in each] for each in scores]) == found
    ranked = [rank for ranks in found for rank in ranks]
    flat = [score for each in scores for score in each]
    assert ranked == [sum(other < score for other in flat) / len(flat) for score in flat]
    assert all(0 <= rank < 1 for rank in ranked)
