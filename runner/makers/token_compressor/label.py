"""Labels: what a compression should keep, and how much each token's mistake costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from runner.compression.lexer import lex
from runner.compression.unit import mark, overlap
from runner.makers.token_compressor.fit import Example
from runner.makers.token_compressor.text import Text

_MUST, _KEEP, _DROP = 3.0, 1.0, 0.5
_CAP = 0.85
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

    Ordinary units learn their score, capped: with one target for both they tie near 1 with
    must-keep units, and a budget cuts spans at random.
    """
    keep = [score > _EVEN or forced for score, forced in zip(scores, must, strict=True)]
    return Mark(
        keep,
        [1.0 if forced else min(score, _CAP) for score, forced in zip(scores, must, strict=True)],
        [
            _MUST if forced else _KEEP if kept else _DROP
            for kept, forced in zip(keep, must, strict=True)
        ],
    )


def blended(scores: Sequence[float], labels: Sequence[bool]) -> list[float]:
    """Return the mean of a model's scores and 0/1 labels: neither's mistakes pass unopposed."""
    return [(score + label) / 2 for score, label in zip(scores, labels, strict=True)]


def forced(text: str, pieces: tuple[tuple[int, int], ...]) -> list[bool]:
    """Return for each unit whether the override names it."""
    return mark(pieces, tuple((span.start, span.end) for span in lex(text)))


def examples(
    tokenizer: Tokenizer, texts: Sequence[Text], marks: Sequence[Mark], *, window: int
) -> list[Example]:
    """Spread the marks of units over tokens; weights are must 3, keep 1, drop 0.5.

    A token of several units takes the highest target among them.

    Source: loss weights of the Kompress fine-tuning.
    """
    encoded = tokenizer.encode_batch([text.text for text in texts], add_special_tokens=False)
    found: list[Example] = []
    for text, item, mark_ in zip(texts, encoded, marks, strict=True):
        targets, weights = [], []
        for offset in item.offsets:
            held = overlap(text.pieces, offset)
            targets.append(max((mark_.targets[index] for index in held), default=0.0))
            weights.append(max((mark_.weights[index] for index in held), default=0.0))
        cut = slice(0, window)
        found.append(Example(item.ids[cut], targets[cut], weights[cut]))
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
