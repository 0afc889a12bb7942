"""Instances are what the override's lexer takes for one must-keep span."""

import random

import pytest

from runner.compression import lexer
from runner.compression.lexer import MustSpan, lex
from runner.makers.token_compressor.label.instance import (
    CLASSES,
    KNOWN,
    WORDS,
    instance,
    unknown_word,
)

WRITTEN = (
    "the and for being garden house river light model paper stone while other night answer number"
    " server worker value request window after restarted reported node authentication configuration"
    " responsibilities interest thinking against before again simply under"
)
VOCABULARY = WRITTEN.split()
DRAWS = 500


def drawn(kind: str, *found: str, seed: int = 1) -> list[str]:
    draw = random.Random(seed)
    return [instance((kind,), found, VOCABULARY, draw) for _ in range(DRAWS)]


def whole(span: str) -> bool:
    return [(found.start, found.end) for found in lex(span)] == [(0, len(span))]


def test_there_is_a_list_for_every_class_of_the_lexer() -> None:
    assert CLASSES == lexer.CLASSES


@pytest.mark.parametrize(
    ("kind", "known"), [(kind, one) for kind in CLASSES for one in KNOWN[kind]]
)
def test_every_example_is_one_whole_span_of_its_class(kind: str, known: str) -> None:
    assert lex(known) == (MustSpan(0, len(known), kind),)


@pytest.mark.parametrize("kind", sorted(set(CLASSES) - WORDS))
def test_what_is_drawn_anew_is_still_one_whole_span(kind: str) -> None:
    assert sum(map(whole, drawn(kind))) >= 0.95 * DRAWS


@pytest.mark.parametrize(
    "kind", ["url", "uuid", "time", "address", "path", "version", "hex", "name"]
)
def test_a_short_list_stands_for_many_spans(kind: str) -> None:
    spans = drawn(kind)
    assert len(set(spans)) > 5 * len(KNOWN[kind])
    assert sum(lex(span)[0].kind == kind for span in spans if whole(span)) >= 0.9 * DRAWS


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_lists_of_words_are_drawn_as_they_are(kind: str) -> None:
    assert set(drawn(kind)) <= set(KNOWN[kind])


@pytest.mark.parametrize("span", ["10.127.11.228", "README.rst", "0x1f9c", "8 GiB", "12 weeks"])
def test_what_the_texts_hold_is_drawn_anew_in_its_shape(span: str) -> None:
    spans = set(drawn("error", span)) - set(KNOWN["error"])
    assert len(spans) > 5
    assert all(map(whole, spans))


def test_two_of_five_are_like_what_the_texts_hold() -> None:
    spans = [span for span in drawn("error", "12 weeks") if span not in KNOWN["error"]]
    assert len(spans) / DRAWS == pytest.approx(0.4, abs=0.06)


@pytest.mark.parametrize("kind", ["url", "number", "negation"])
def test_the_same_seed_draws_the_same(kind: str) -> None:
    assert drawn(kind, "job_7") == drawn(kind, "job_7")
    assert drawn(kind, "job_7") != drawn(kind, "job_7", seed=2)


def test_unknown_words_are_letters_that_the_override_does_not_name() -> None:
    draw = random.Random(1)
    words = [unknown_word(VOCABULARY, draw) for _ in range(DRAWS)]
    assert all(word.isalpha() and word.islower() for word in words)
    assert sum(lex(word) == () for word in words) >= 0.99 * DRAWS
    assert len(set(words) - set(VOCABULARY)) > 0.9 * DRAWS
