"""Silver teacher, first version: self-information labels that know nothing of must-keep spans."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log2
from statistics import quantiles

from runner.compression.unit import mark, units

_WORD = re.compile(r"\S+")
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Teacher:
    """Keeps words whose units are surprising in the training corpus.

    Attributes:
        counts: Occurrences of each lower-cased unit.
        total: Units counted.
        cut: Words whose mean surprisal in bits, punctuation aside, exceeds it are kept.
    """

    counts: Counter[str]
    total: int
    cut: float

    def labels(self, text: str) -> list[bool]:
        """Return for each unit whether the teacher keeps it; a word is kept or dropped whole."""
        kept = tuple(
            match.span()
            for match in _WORD.finditer(text)
            if _surprisal(match.group(), self.counts, self.total) > self.cut
        )
        return mark(units(text), kept)


def fit_teacher(texts: Iterable[str], *, keep: float) -> Teacher:
    """Count units, and set the cut so that about a share `keep` of the words is kept.

    Args:
        texts: The training texts; annotations are not looked at.
        keep: Share of words to keep over the corpus, in (0, 1), to the nearest hundredth.

    Source: self-information as in Selective Context; the Kompress post calls such labels silver.
    """
    corpus = list(texts)
    counts = Counter(unit for text in corpus for unit in _lowered(text))
    total = sum(counts.values())
    words = [word for text in corpus for word in _WORD.findall(text)]
    levels = quantiles((_surprisal(word, counts, total) for word in words), n=_PERCENT)
    return Teacher(counts, total, levels[round(_PERCENT * (1 - keep)) - 1])


def _lowered(text: str) -> list[str]:
    return [text[start:end].lower() for start, end in units(text)]


def _surprisal(word: str, counts: Counter[str], total: int) -> float:
    named = [unit for unit in _lowered(word) if unit[0].isalnum() or unit[0] == "_"]
    bits = [-log2((counts[unit] + 0.5) / (total + 0.5)) for unit in named or _lowered(word)]
    return sum(bits) / len(bits)
