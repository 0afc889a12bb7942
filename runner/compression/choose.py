"""From scores and options to kept units: the domain's rule, then the override."""

from collections.abc import Callable, Sequence

from runner.compression.decide import by_budget, by_threshold, force, named
from runner.compression.domain import classify
from runner.compression.lexer import lex, lex_pieces
from runner.compression.options import ROUTED, Domain, DomainOptions, Options
from runner.compression.unit import Span, units

Cut = Callable[[str], tuple[Span, ...]]
"""Cuts a text into the spans of a model's tokens."""


def choose(text: str, scores: Sequence[float], options: Options, *, cut: Cut) -> list[bool]:
    """Decide each unit of a text by the candidate's own options.

    With a budget, units of the override take part of it, before all others.

    Args:
        text: The text.
        scores: Keep probability of each unit, in [0, 1].
        options: The candidate's.
        cut: The model's tokens, which the override `on` lexes one by one.
    """
    rule = rule_of(options, classify(text) if options.domains else "other")
    forced = _forced(text, options, cut)
    if rule.budget is not None:
        return by_budget(scores, rule.budget, forced=forced)
    kept = by_threshold(scores, rule.threshold or 0.0)
    return kept if forced is None else force(kept, forced)


def rule_of(options: Options, domain: Domain) -> DomainOptions:
    """Return what decides a text of a domain: a budget, or else a threshold."""
    if not options.domains:
        return DomainOptions(threshold=options.threshold)
    own = options.domains.get(domain, DomainOptions())
    silent = own.budget is None and own.threshold is None
    return ROUTED[domain] if silent else own


def _forced(text: str, options: Options, cut: Cut) -> list[bool] | None:
    if options.override == "off":
        return None
    found = lex(text) if options.override == "span" else lex_pieces(text, cut(text))
    return named(units(text), found)
