"""Variants of the training texts: the same contexts with other must-keep spans and other words.

A thousand texts hold each span in one context only; a model of them knows contexts, not shapes.
Variants are labelled by the same override and teacher as the texts they come from, so a model
learns from them what the override knows, wherever it stands.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from runner.compression.lexer import MustSpan
from runner.compression.metric import lexed
from runner.compression.unit import units
from runner.makers.token_compressor.label.instance import CLASSES, WORDS, instance, unknown_word
from runner.makers.token_compressor.text import Text

# classes with many forms are drawn more often
_KINDS = (*CLASSES, "number", "number", "error", "negation", "quantifier", "version", "name")
_FIXED = WORDS | {"constant"}
_PLAIN = re.compile(r"(?<![\w./:@=-])[a-z]{3,}(?![\w./:@=(-])")
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Rates:
    """How often something is drawn anew, each in [0, 1].

    Attributes:
        span: A lexed span becomes another one.
        planted: A plain word becomes a must-keep span.
        unknown: A plain word becomes a word that nobody has seen.
        swapped: A plain word becomes another one of the corpus.
    """

    span: float = 0.7
    planted: float = 0.15
    unknown: float = 0.25
    swapped: float = 0.2


@dataclass(frozen=True, slots=True)
class Stock:
    """What variants of a corpus are made of.

    Attributes:
        found: Lexed spans that can be drawn anew.
        vocabulary: Words of the corpus in lower case.
    """

    found: tuple[str, ...]
    vocabulary: tuple[str, ...]
    rates: Rates = Rates()

    @classmethod
    def of(cls, texts: Sequence[Text]) -> Self:
        """Collect spans and words, in the order of their first occurrence."""
        found = tuple(
            text.text[span.start : span.end]
            for text in texts
            for span in lexed(text.text)
            if span.kind not in _FIXED
        )
        words = dict.fromkeys(
            unit.lower()
            for text in texts
            for unit in (text.text[start:end] for start, end in text.pieces)
            if unit.isalpha() and unit.isascii() and len(unit) >= _SHORTEST
        )
        return cls(found, tuple(words) or ("word",))


def variants(texts: Sequence[Text], *, copies: int, seed: str) -> Iterator[Text]:
    """Yield `copies` variants of each text; the same seed, the same variants.

    A variant has no annotation: nobody but the override knows what of it must be kept.
    """
    stock, draw = Stock.of(texts), random.Random(seed)  # noqa: S311 - repeatable
    for _ in range(copies):
        for text in texts:
            varied = vary(text.text, stock, draw)
            yield Text(varied, text.domain, units(varied), (), text.slices)


def vary(text: str, stock: Stock, draw: random.Random) -> str:
    """Return one variant of a text; words within a lexed span are the span's."""
    spans = {span.start: span for span in lexed(text)}
    inside = {index for span in spans.values() for index in range(span.start, span.end)}
    cuts = [(span.start, span.end) for span in spans.values()]
    cuts += [match.span() for match in _PLAIN.finditer(text) if match.start() not in inside]
    out, last = "", 0
    for start, end in sorted(cuts):
        old = text[start:end]
        new = _span(old, spans[start], stock, draw) if start in spans else _word(old, stock, draw)
        out += text[last:start] + new
        last = end
    return out + text[last:]


def _span(old: str, span: MustSpan, stock: Stock, draw: random.Random) -> str:
    if span.kind in _FIXED or draw.random() >= stock.rates.span:
        return old
    return instance(_KINDS, stock.found, stock.vocabulary, draw)


def _word(word: str, stock: Stock, draw: random.Random) -> str:
    rates, drawn = stock.rates, draw.random()
    if drawn < rates.planted:
        return instance(_KINDS, stock.found, stock.vocabulary, draw)
    if drawn < rates.planted + rates.unknown:
        return unknown_word(stock.vocabulary, draw)
    if drawn < rates.planted + rates.unknown + rates.swapped:
        return draw.choice(stock.vocabulary)
    return word
