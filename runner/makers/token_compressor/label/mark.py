"""Labels: what a compression should keep, and how much each token's mistake costs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from runner.compression.compound import compounds
from runner.compression.decide import named
from runner.compression.metric import lexed
from runner.compression.unit import overlap, touched
from runner.makers.token_compressor.label.silver import KEEP_RATE
from runner.makers.token_compressor.network.fit import Example
from runner.makers.token_compressor.text import Text

# loss weights of the Kompress fine-tuning; where must-keep units have a target of their own, a
# heavier drop draws the boundary of the rest more sharply
_MUST, _KEEP, _DROP = 3.0, 1.0, 0.5
_ORDINARY_DROP = 0.7
_BOUNDARY, _WIDTH = 1 - KEEP_RATE, 0.06
_CAP = 0.4
_EVEN = 0.5


@dataclass(frozen=True, slots=True)
class Mark:
    """What the labels say of one text, per unit.

    Attributes:
        keep: The reference keeps the unit.
        targets: Keep probability to learn, in [0, 1].
        weights: What a mistake costs.
    """

    keep: list[bool]
    targets: list[float]
    weights: list[float]


def blind(keep: list[bool]) -> Mark:
    """Mark a text with labels that know no must-keep span: 1 and 0."""
    return Mark(keep, [float(kept) for kept in keep], [_KEEP if kept else _DROP for kept in keep])


def ranked(scores: Sequence[float], must: Sequence[bool]) -> Mark:
    """Mark a text so that a budget is filled in order: must first, then by score.

    Ordinary units learn their sharpened score times 0.4: with one target for both they tie near 1
    with must-keep units, and a budget cuts spans at random. Of 0.85, 0.6 and 0.4 the last left
    the least to the override at a budget; 0.25 was no better on what is not trained on.
    """
    keep = [score > _EVEN or forced for score, forced in zip(scores, must, strict=True)]
    return Mark(
        keep,
        [
            1.0 if forced else _CAP * sharpened(score)
            for score, forced in zip(scores, must, strict=True)
        ],
        [
            _MUST if forced else _KEEP if kept else _ORDINARY_DROP
            for kept, forced in zip(keep, must, strict=True)
        ],
    )


def sharpened(rank: float) -> float:
    """Return a rank with its middle drawn apart, in (0, 1), order kept.

    What a model is asked is on which side of the boundary a unit lies: learned as they are, ranks
    beside it cost `content_f1` 0.04.
    """
    return 1 / (1 + math.exp((_BOUNDARY - rank) / _WIDTH))


def blended(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """Return the mean of two opinions in [0, 1]: neither's mistakes pass unopposed."""
    return [(left + right) / 2 for left, right in zip(one, other, strict=True)]


def forced(text: str, pieces: tuple[tuple[int, int], ...]) -> list[bool]:
    """Return for each unit whether the override names it, or a part of its compound."""
    flags = named(pieces, lexed(text))
    for group in compounds(text, pieces):
        if any(flags[index] for index in group):
            for index in group:
                flags[index] = True
    return flags


def examples(
    tokenizer: Tokenizer, texts: Sequence[Text], marks: Sequence[Mark], *, window: int
) -> list[Example]:
    """Spread the marks of units over tokens.

    A token of several units takes the highest target among them.
    """
    encoded = tokenizer.encode_batch([text.text for text in texts], add_special_tokens=False)
    found: list[Example] = []
    for text, item, own in zip(texts, encoded, marks, strict=True):
        held = touched(text.pieces, item.offsets[:window])
        targets = [max((own.targets[i] for i in indices), default=0.0) for indices in held]
        weights = [max((own.weights[i] for i in indices), default=0.0) for indices in held]
        found.append(Example(item.ids[:window], targets, weights))
    return found


def mk_in_ref(texts: Sequence[Text], keeps: Sequence[Sequence[bool]]) -> dict[str, float]:
    """Return the share of annotated must spans that the labels keep whole.

    Over all texts as `mk_in_ref`, and by class and domain as `mk_in_ref_<name>`; higher is better.
    """
    totals: dict[str, list[int]] = {}
    for text, keep in zip(texts, keeps, strict=True):
        for start, end, kind in text.must:
            whole = all(keep[index] for index in overlap(text.pieces, (start, end)))
            for name in ("mk_in_ref", f"mk_in_ref_{kind}", f"mk_in_ref_{text.domain}"):
                held = totals.setdefault(name, [0, 0])
                held[0] += whole
                held[1] += 1
    return {name: whole / count for name, (whole, count) in sorted(totals.items())}
