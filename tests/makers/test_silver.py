import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compression.unit import units
from runner.makers.token_compressor.label.silver import fit_teacher

CORPUS = ["the cat and the dog and the bird", "the end and the start", "the zebra"]


def kept(text: str, share: float) -> list[str]:
    labels = fit_teacher(CORPUS, keep=share).labels(text)
    return [text[a:b] for (a, b), flag in zip(units(text), labels, strict=True) if flag]


def test_rare_words_are_kept_and_common_ones_dropped() -> None:
    assert kept("the zebra and the yak", 0.5) == ["zebra", "yak"]


def test_ranks_are_the_share_of_units_that_are_less_surprising() -> None:
    # 15 units: "the" 6 times, "and" 3 times, six words once
    assert fit_teacher(CORPUS).ranks("the and zebra") == [0, 6 / 15, 9 / 15]


def test_what_was_never_counted_ranks_above_all() -> None:
    assert fit_teacher(CORPUS).ranks("yak (the)") == [15 / 16, 15 / 16, 0, 15 / 16]


def test_the_units_of_a_compound_share_the_mean_rank_of_its_words() -> None:
    ranks = fit_teacher(CORPUS).ranks("and zebra-the/and.")
    assert ranks == [6 / 15, *[pytest.approx((9 / 15 + 0 + 6 / 15) / 3)] * 5, 15 / 16]
    assert len(set(ranks[1:6])) == 1


def test_a_compound_is_kept_or_dropped_whole() -> None:
    assert kept("the zebra-cat the zebra-the", 0.5) == ["zebra", "-", "cat"]


@given(text=st.text(alphabet="the cat-./%(_7", max_size=60))
def test_ranks_lie_between_nothing_and_all(text: str) -> None:
    ranks = fit_teacher(CORPUS).ranks(text)
    assert len(ranks) == len(units(text))
    assert all(0 <= rank < 1 for rank in ranks)


def test_labels_do_not_know_what_must_be_kept() -> None:
    corpus = ["not here"] * 20 + ["some other words stand alone"]
    labels = fit_teacher(corpus, keep=0.3).labels("not here alone")
    assert labels == [False, False, True]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_the_cut_keeps_about_the_wanted_share_of_words(share: float) -> None:
    corpus = [" ".join(f"w{index}" for index in range(count)) for count in range(1, 200)]
    teacher = fit_teacher(corpus, keep=share)
    labels = [flag for text in corpus for flag in teacher.labels(text)]
    assert sum(labels) / len(labels) == pytest.approx(share, abs=0.03)
