# ruff: noqa: INP001 - scripts beside their data are no package
"""The reference of the checked splits: which units a reader would miss, by self-information.

Written here and not taken from a maker, so that what is measured does not move with what is made.
Source: self-information as in Selective Context: a unit is kept if it is surprising.
"""

from collections import Counter
from dataclasses import dataclass, replace
from math import inf, log2
from statistics import fmean
from typing import Self

from runner.compression.compound import compounds
from runner.compression.unit import is_word, units

KEEP = 0.65
"""Share of a split's units: what is left of a text at the eval's budget of 0.7, and a little less.

A word with the bracket or the comma beside it used to be kept as one; a compressor that kept the
word and dropped the comma was told that it had lost half of it.
"""


@dataclass(frozen=True, slots=True)
class Surprise:
    """Keeps the units whose surprisal in bits exceeds `cut`; compounds as a whole."""

    counts: Counter[str]
    total: int
    cut: float

    def cut_to(self, texts: list[str]) -> Self:
        """Set the cut so that about `KEEP` of the units of some texts are kept.

        The texts are those of the split itself: to someone who has seen train only, most of
        another source is surprising, and a reference that keeps most of it asks for nothing.
        """
        levels = sorted(bits for text in texts for bits in self.bits(text))
        return replace(self, cut=levels[int((1 - KEEP) * len(levels))])

    def ranges(self, text: str) -> list[list[int]]:
        """Return character ranges of the kept units, one at least; neighbours are joined."""
        bits = self.bits(text)
        most = max(bits)
        found: list[list[int]] = []
        before = False
        for (start, end), own in zip(units(text), bits, strict=True):
            kept = own > self.cut or own == most
            if kept and before:
                found[-1][1] = end
            elif kept:
                found.append([start, end])
            before = kept
        return found

    def bits(self, text: str) -> list[float]:
        """Return the surprisal of each unit; the units of a compound share its words' mean."""
        pieces = units(text)
        found = [self._own(text[start:end].lower()) for start, end in pieces]
        for group in compounds(text, pieces):
            mean = fmean(found[i] for i in group if is_word(text[pieces[i][0]]))
            for index in group:
                found[index] = mean
        return found

    def _own(self, unit: str) -> float:
        return -log2((self.counts[unit] + 0.5) / (self.total + 0.5))


def counted(texts: list[str]) -> Surprise:
    """Count the units of the training texts; nothing is kept before `Surprise.cut_to`."""
    counts = Counter(text[start:end].lower() for text in texts for start, end in units(text))
    return Surprise(counts, counts.total(), inf)
