"""Variants: the same contexts, other spans and words, and no annotation."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compression.lexer import lex
from runner.compression.unit import units
from runner.makers.token_compressor.label.variant import Rates, Stock, variants, vary
from runner.makers.token_compressor.text import Text

LINES = (
    "The worker_7 was not done after 250ms, see src/pool/main.py:12",
    "only MAX_SIZE rows fit, ERROR otherwise says the worker log",
)
NOTHING = Rates(span=0, planted=0, unknown=0, swapped=0)


def text(value: str) -> Text:
    return Text(value, "log", units(value), ((0, 3, "name"),), ("dense",))


TEXTS = [text(line) for line in LINES]


def stock(rates: Rates) -> Stock:
    made = Stock.of(TEXTS)
    return Stock(made.found, made.vocabulary, rates)


def test_a_stock_holds_spans_that_can_be_drawn_anew_and_lower_case_words() -> None:
    made = Stock.of(TEXTS)
    assert made.found == ("worker_7", "250ms", "src/pool/main.py:12")
    words = "the was not done after see src pool main only rows fit error otherwise says worker log"
    assert made.vocabulary == tuple(words.split())


def test_a_corpus_without_words_can_be_varied() -> None:
    made = [text("12 34"), text("")]
    assert Stock.of(made).vocabulary == ("word",)
    assert len(list(variants(made, copies=2, seed="1"))) == 4


def test_the_same_seed_gives_the_same_variants() -> None:
    one, again, other = (list(variants(TEXTS, copies=2, seed=seed)) for seed in ("1", "1", "2"))
    assert one == again
    assert one != other


def test_copies_differ_from_each_other_and_from_their_text() -> None:
    found = [each.text for each in variants(TEXTS, copies=3, seed="1")]
    assert len(found) == 6
    assert len({*found, *LINES}) == 8


def test_no_copies_are_no_variants() -> None:
    assert list(variants(TEXTS, copies=0, seed="1")) == []


def test_a_variant_has_no_annotation_and_keeps_domain_and_slices() -> None:
    found = [*variants(TEXTS, copies=2, seed="1")]
    assert len(found) == 2 * len(TEXTS)
    for each in found:
        assert (each.domain, each.must, each.slices) == ("log", (), ("dense",))
        assert each.pieces == units(each.text)


@given(value=st.one_of(st.text(), st.sampled_from(LINES)), seed=st.integers(0, 9))
def test_rates_of_nothing_change_nothing(value: str, seed: int) -> None:
    assert vary(value, stock(NOTHING), random.Random(seed)) == value


@pytest.mark.parametrize("seed", range(20))
def test_error_words_negations_quantifiers_and_constants_keep_their_words(seed: int) -> None:
    line = "this was not fine and failed here with ERROR because only MAX_SIZE rows never fit"
    rates = Rates(span=1, planted=0, unknown=1, swapped=0)
    found = vary(line, stock(rates), random.Random(seed)).split(" ")
    want = line.split(" ")
    fixed = {"was", "not", "failed", "ERROR", "only", "MAX_SIZE", "never"}
    assert [word for word in want if word in fixed] == [
        new for new, old in zip(found, want, strict=True) if old in fixed
    ]
    changed = [new != old for new, old in zip(found, want, strict=True) if old not in fixed]
    assert sum(changed) > len(changed) / 2


@pytest.mark.parametrize("seed", range(20))
def test_a_span_becomes_another_one_between_the_same_words(seed: int) -> None:
    rates = Rates(span=1, planted=0, unknown=0, swapped=0)
    found = vary("see src/pool/main.py:12 please", stock(rates), random.Random(seed))
    assert found.startswith("see ")
    assert found.endswith(" please")
    span = found.removeprefix("see ").removesuffix(" please")
    assert span != "src/pool/main.py:12"
    assert lex(span)


@pytest.mark.parametrize("seed", range(20))
def test_a_planted_span_stands_where_a_word_stood(seed: int) -> None:
    rates = Rates(span=0, planted=1, unknown=0, swapped=0)
    assert lex("see") == ()
    assert lex(vary("see", stock(rates), random.Random(seed)))


@pytest.mark.parametrize("seed", range(5))
def test_a_swapped_word_is_one_of_the_corpus(seed: int) -> None:
    rates = Rates(span=0, planted=0, unknown=0, swapped=1)
    made = stock(rates)
    found = vary("quite some words here", made, random.Random(seed)).split(" ")
    assert len(found) == 4
    assert set(found) <= set(made.vocabulary)


def test_words_that_belong_to_something_longer_stay() -> None:
    rates = Rates(span=0, planted=0, unknown=0, swapped=1)
    line = "call(x) some.thing well-known a/bcd user@host Capital"
    assert vary(line, stock(rates), random.Random(1)) == line
