from dataclasses import dataclass

import pytest

from runner.compression.noise import label_noise, must_noise
from runner.compression.unit import Span, units


@dataclass(frozen=True, slots=True)
class Text:
    pieces: tuple[Span, ...]
    must: tuple[tuple[int, int, str], ...]
    domain: str


LOG = Text(units("took 1.5 for x"), ((5, 8, "number"),), "log")  # took, 1, ., 5, for, x
JSON = Text(units("no 3"), ((0, 2, "negation"), (3, 4, "number")), "json")


def test_two_labellings_disagree_by_class_and_domain() -> None:
    first = [[True, True, True, True, False, False], [True, True]]
    second = [[False, True, False, True, False, False], [True, False]]
    assert label_noise([LOG, JSON], first, second) == {
        "label_noise": 3 / 8,
        "label_noise_log": 2 / 6,
        "label_noise_json": 1 / 2,
        "label_noise_free": 1 / 3,
        "label_noise_number": 2 / 4,
        "label_noise_negation": 0.0,
    }


def test_labels_agree_with_themselves() -> None:
    labels = [[True, False, True, False, True, False], [False, True]]
    assert set(label_noise([LOG, JSON], labels, labels).values()) == {0.0}


def test_must_noise_counts_dropped_units_of_annotated_spans_only() -> None:
    labels = [[False, True, True, False, False, False], [True, False]]
    assert must_noise([LOG, JSON], labels) == {
        "must_noise": 2 / 5,
        "must_noise_log": 1 / 3,
        "must_noise_json": 1 / 2,
        "must_noise_number": 2 / 4,
        "must_noise_negation": 0.0,
    }


def test_a_text_without_a_domain_counts_in_the_whole_only() -> None:
    bare = Text(units("a"), (), "")
    assert label_noise([bare], [[True]], [[False]]) == {"label_noise": 1.0, "label_noise_free": 1.0}


def test_labels_of_another_length_are_a_defect() -> None:
    with pytest.raises(ValueError, match="zip"):
        label_noise([JSON], [[True]], [[True, True]])


def test_no_text_has_no_noise() -> None:
    assert label_noise([], [], []) == {}
    assert must_noise([], []) == {}
