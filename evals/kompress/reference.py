# ruff: noqa: INP001 - scripts beside their data are no package
"""The reference of the checked splits: which words a reader would miss, by self-information.

Written here and not taken from a maker, so that what is measured does not move with what is made.
Source: self-information as in Selective Context: a word is kept if its units are surprising.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from math import inf, log2
from statistics import fmean, quantiles
from typing import Self

from runner.compression.unit import mark, units

KEEP = 0.3
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Surprise:
    """Keeps the words whose mean surprisal in bits exceeds `cut`."""

    counts: Counter[str]
    total: int
    cut: float

    def cut_to(self, texts: list[str]) -> Self:
        """Set the cut so that about `KEEP` of the words of some texts are kept.

        The texts are those of the split itself: to someone who has seen train only, most of
        another source is surprising, and a reference that keeps most of it asks for nothing.
        """
        levels = quantiles((self.bits(word) for text in texts for word in text.split()), n=100)
        return replace(self, cut=levels[round(100 * (1 - KEEP)) - 1])

    def ranges(self, text: str) -> list[list[int]]:
        """Return character ranges of the kept units, one word at least; neighbours are joined."""
        bits = {match.span(): self.bits(match.group()) for match in _WORD.finditer(text)}
        most = max(bits.values())
        kept = tuple(span for span, found in bits.items() if found > self.cut or found == most)
        pieces = units(text)
        found: list[list[int]] = []
        before = False
        for (start, end), flag in zip(pieces, mark(pieces, kept), strict=True):
            if flag and before:
                found[-1][1] = end
            elif flag:
                found.append([start, end])
            before = flag
        return found

    def bits(self, word: str) -> float:
        """Return the mean surprisal of a word's units; punctuation counts where it is alone."""
        named = _lowered(word, letters=True) or _lowered(word)
        return fmean(-log2((self.counts[unit] + 0.5) / (self.total + 0.5)) for unit in named)


def counted(texts: list[str]) -> Surprise:
    """Count the units of the training texts; nothing is kept before `Surprise.cut_to`."""
    counts = Counter(unit for text in texts for unit in _lowered(text))
    return Surprise(counts, counts.total(), inf)


def _lowered(text: str, *, letters: bool = False) -> list[str]:
    found = [text[start:end].lower() for start, end in units(text)]
    return [unit for unit in found if not letters or unit[0].isalnum() or unit[0] == "_"]
