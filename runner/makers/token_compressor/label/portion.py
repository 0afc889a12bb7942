"""Self-labels of some texts: what a model keeps, and what the override names.

One portion can be labelled by a process of its own: all that it needs goes with it.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.compression.decide import named
from runner.compression.lexer import lex_pieces
from runner.compression.model import Compressor, load
from runner.compression.options import Override
from runner.makers.token_compressor.label.mark import Mark, blended, forced, ranked
from runner.makers.token_compressor.text import Text

_EVEN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a portion is labelled.

    Attributes:
        override: Which units must be kept: of lexed character spans, of lexed sub-tokens, or none.
        threshold: Ranks are stretched so that this one comes to lie at 0.5; None leaves them.
        blend: The model's ranks are averaged with the silver teacher's; else the labels are what
            the model with its override would leave of a text.
    """

    override: Override = "span"
    threshold: float | None = None
    blend: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Texts to label, and with what.

    Attributes:
        folder: The model that labels them.
        silver: For each text the silver teacher's ranks of its units.
    """

    folder: Path
    texts: tuple[Text, ...]
    silver: tuple[tuple[float, ...], ...]
    rule: Rule = Rule()


def label_portion(portion: Portion) -> list[Mark]:
    """Load the model and label the texts; runs in a process of its own.

    Raises:
        CompressionError: the folder holds no compressor.
    """
    model = load(portion.folder, threads=1)
    return label(model, portion.texts, portion.silver, portion.rule)


def label(
    model: Compressor, texts: Sequence[Text], silver: Sequence[Sequence[float]], rule: Rule
) -> list[Mark]:
    """Label texts with a model.

    Scores count by their rank among these texts: so two models, or two passes, mean the same by
    the same number, however their scores crowd.
    """
    scored = model.scores([text.text for text in texts])
    musts = [must_units(model, text, rule.override) for text in texts]
    ordered = [stretched(ranks, rule.threshold) for ranks in evened(scored)]
    if rule.blend:
        return [
            ranked(blended(ranks, teacher), must)
            for ranks, must, teacher in zip(ordered, musts, silver, strict=True)
        ]
    level = model.options.threshold if rule.threshold is None else _EVEN
    kept = scored if rule.threshold is None else ordered
    return [
        _own([score > level for score in scores], ranks, must)
        for scores, ranks, must in zip(kept, ordered, musts, strict=True)
    ]


def _own(kept: Sequence[bool], ranks: Sequence[float], must: Sequence[bool]) -> Mark:
    """Mark a text with what the model keeps, ordinary units by their rank."""
    marked = ranked(ranks, must)
    keep = [flag or named for flag, named in zip(kept, must, strict=True)]
    return Mark(keep, marked.targets, marked.weights)


def evened(scored: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return for each score the share of all of them that is lower, in [0, 1)."""
    levels = sorted(score for scores in scored for score in scores)
    return [[bisect_left(levels, score) / len(levels) for score in scores] for scores in scored]


def stretched(scores: Sequence[float], threshold: float | None) -> list[float]:
    """Return scores with `threshold` moved to 0.5, linear on either side, order kept.

    So a domain with a lower threshold keeps more, and nothing else about its labels changes.
    """
    if threshold is None:
        return list(scores)
    return [
        _EVEN * score / threshold
        if score <= threshold
        else _EVEN + _EVEN * (score - threshold) / (1 - threshold)
        for score in scores
    ]


def must_units(model: Compressor, text: Text, override: Override) -> list[bool]:
    """Return for each unit whether the override names it."""
    if override == "off":
        return [False] * len(text.pieces)
    if override == "span":
        return forced(text.text, text.pieces)
    found = lex_pieces(text.text, tuple(model.tokenizer.encode(text.text).offsets))
    return named(text.pieces, found)
