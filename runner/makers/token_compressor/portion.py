"""Self-labels of some texts: what a model keeps, and what the override names.

One portion can be labelled by a process of its own: all that it needs goes with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.compression.lexer import lex, lex_pieces
from runner.compression.model import Compressor, load
from runner.compression.options import Override
from runner.compression.unit import mark
from runner.makers.token_compressor.label import Mark, blended, ranked
from runner.makers.token_compressor.text import Text

_EVEN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a portion is labelled.

    Attributes:
        override: Which units must be kept: of lexed character spans, of lexed sub-tokens, or none.
        threshold: Scores are stretched so that this one comes to lie at 0.5; None leaves them.
        blend: Scores are averaged with the silver labels, which alone then tell what of the rest
            is kept; else the labels are what the model with its override would leave of a text.
    """

    override: Override = "span"
    threshold: float | None = None
    blend: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Texts to label, and with what.

    Attributes:
        folder: The model that labels them.
        silver: For each text the silver labels of its units.
    """

    folder: Path
    texts: tuple[Text, ...]
    silver: tuple[tuple[bool, ...], ...]
    rule: Rule = Rule()


def label_portion(portion: Portion) -> list[Mark]:
    """Load the model and label the texts; runs in a process of its own.

    Raises:
        CompressionError: the folder holds no compressor.
    """
    model = load(portion.folder, threads=1)
    return label(model, portion.texts, portion.silver, portion.rule)


def label(
    model: Compressor, texts: Sequence[Text], silver: Sequence[Sequence[bool]], rule: Rule
) -> list[Mark]:
    """Label texts with a model."""
    scored = model.scores([text.text for text in texts])
    musts = [must_units(model, text, rule.override) for text in texts]
    if rule.blend:
        return [
            ranked(blended(stretched(scores, rule.threshold), labels), must)
            for scores, must, labels in zip(scored, musts, silver, strict=True)
        ]
    return [_own(model, scores, must, rule) for scores, must in zip(scored, musts, strict=True)]


def _own(model: Compressor, scores: Sequence[float], must: Sequence[bool], rule: Rule) -> Mark:
    """Mark a text with what the model keeps; its scores are the targets as they are.

    Only a threshold that was asked for moves them: moved to the model's own, they would creep up
    from pass to pass.
    """
    threshold = rule.threshold or model.options.threshold
    kept = ranked(stretched(scores, threshold), must)
    targets = kept.targets if rule.threshold else ranked(scores, must).targets
    return Mark(kept.keep, targets, kept.weights)


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
    found = lex(text.text)
    if override == "on":
        found = lex_pieces(text.text, tuple(model.tokenizer.encode(text.text).offsets))
    return mark(text.pieces, tuple((span.start, span.end) for span in found))
