import pytest

from runner.compression.unit import units
from runner.makers.token_compressor.silver import fit_teacher

CORPUS = ["the cat and the dog and the bird", "the end and the start", "the zebra"]


def kept(text: str, share: float) -> list[str]:
    labels = fit_teacher(CORPUS, keep=share).labels(text)
    return [text[a:b] for (a, b), flag in zip(units(text), labels, strict=True) if flag]


def test_rare_words_are_kept_and_common_ones_dropped() -> None:
    assert kept("the zebra and the yak", 0.5) == ["zebra", "yak"]


def test_a_word_is_kept_or_dropped_whole_whatever_its_punctuation() -> None:
    assert kept("the zebra-cat: and (the)", 0.5) == ["zebra", "-", "cat", ":"]


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
