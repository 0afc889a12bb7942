"""The metrics of one compression, in plain arithmetic."""

from collections.abc import Sequence
from functools import lru_cache
from math import comb

from runner.compression.case import Case
from runner.compression.decide import render
from runner.compression.lexer import lex

lexed = lru_cache(maxsize=4096)(lex)
"""`lex`, remembered: a case is lexed for several metrics, and for each control arm."""


def exact(case: Case, keep: Sequence[bool]) -> float:
    """Return the share of must spans all of whose units are kept, in place; 1 without a span."""
    if not case.spans:
        return 1.0
    return sum(all(keep[i] for i in span) for span in case.spans) / len(case.spans)


def chance(case: Case, kept: int) -> float:
    """Return the expected `exact` of keeping `kept` units drawn at random, without a draw.

    A span of `m` of `n` units survives with probability C(n-m, kept-m) / C(n, kept).
    """
    if not case.spans:
        return 1.0
    n = len(case.pieces)
    total = comb(n, kept)
    return sum(
        comb(n - len(span), kept - len(span)) / total if kept >= len(span) else 0.0
        for span in case.spans
    ) / len(case.spans)


def content_f1(case: Case, keep: Sequence[bool]) -> float:
    """Return the F1 of kept units against the reference, over units outside must spans.

    0 where the reference keeps some and the candidate none of them; 1 where both keep none.
    """
    pairs = [(k, w) for k, w, f in zip(keep, case.wanted, case.free, strict=True) if f]
    hits = sum(k and w for k, w in pairs)
    sides = sum(k for k, _ in pairs) + sum(w for _, w in pairs)
    return 2 * hits / sides if sides else 1.0


def seed_exact(case: Case, keep: Sequence[bool]) -> float:
    """Return the Kompress post's own `exact_pct`: lexed strings that occur in the output.

    For comparison only: the maker's override lexes with the same rules, so an override alone
    scores 1 here.
    """
    found = lexed(case.line.text)
    if not found:
        return 1.0
    output = render(case.line.text, case.pieces, keep)
    return sum(case.line.text[span.start : span.end] in output for span in found) / len(found)


def rate(keep: Sequence[bool]) -> float:
    """Return the share of units kept; 1 for an empty text, which cannot be shortened."""
    return sum(keep) / len(keep) if keep else 1.0
