"""Labels: what a compression should keep, and how much each token's mistake costs."""

from collections.abc import Sequence

from tokenizers import Tokenizer

from runner.compression.lexer import lex
from runner.compression.unit import mark, overlap
from runner.makers.token_compressor.fit import IGNORED, Example
from runner.makers.token_compressor.text import Text

MUST, KEEP, DROP = 3.0, 1.0, 0.5


def forced(text: str, pieces: tuple[tuple[int, int], ...]) -> list[bool]:
    """Return for each unit whether the override names it."""
    return mark(pieces, tuple((span.start, span.end) for span in lex(text)))


def examples(
    tokenizer: Tokenizer,
    texts: Sequence[Text],
    keeps: Sequence[Sequence[bool]],
    musts: Sequence[Sequence[bool]],
    *,
    window: int,
) -> list[Example]:
    """Spread labels per unit over tokens; weights are must 3, keep 1, drop 0.5.

    Source: loss weights of the Kompress fine-tuning.
    """
    encoded = tokenizer.encode_batch([text.text for text in texts], add_special_tokens=False)
    found: list[Example] = []
    for text, item, keep, must in zip(texts, encoded, keeps, musts, strict=True):
        labels, weights = [], []
        for offset in item.offsets:
            held = overlap(text.pieces, offset)
            kept = any(keep[index] for index in held)
            labels.append(int(kept) if held else IGNORED)
            heavy = any(must[index] and keep[index] for index in held)
            weights.append((MUST if heavy else KEEP if kept else DROP) if held else 0.0)
        cut = slice(0, window)
        found.append(Example(item.ids[cut], labels[cut], weights[cut]))
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
