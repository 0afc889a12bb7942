"""Silver teacher: self-information, which knows nothing of must-keep spans."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean

from runner.compression.compound import compounds
from runner.compression.unit import is_word, units

KEEP_RATE = 0.55
"""Share of the units that silver labels keep: about 0.77 of the must-keep spans survive whole."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """Ranks units by how surprising they are to someone who has counted the training texts.

    Attributes:
        known: Rank of each lower-cased unit of those texts: the share of all their units that is
            less surprising, in [0, 1).
        unknown: Rank of a unit that they do not hold.
        cut: Labels keep the units whose rank exceeds it.
    """

    known: Mapping[str, float]
    unknown: float
    cut: float = 0.0

    def ranks(self, text: str) -> list[float]:
        """Return for each unit its rank, in [0, 1).

        The units of a compound share the mean of its words: it is kept or dropped whole.
        """
        pieces = units(text)
        ranks = [self.known.get(text[a:b].lower(), self.unknown) for a, b in pieces]
        for group in compounds(text, pieces):
            mean = fmean(ranks[i] for i in group if is_word(text[pieces[i][0]]))
            for index in group:
                ranks[index] = mean
        return ranks

    def labels(self, text: str) -> list[bool]:
        """Return for each unit whether the teacher keeps it."""
        return [rank > self.cut for rank in self.ranks(text)]


def fit_teacher(texts: Sequence[str], *, keep: float = KEEP_RATE) -> Teacher:
    """Count units, and set the cut so that about a share `keep` of the units is kept.

    Args:
        texts: The training texts; annotations are not looked at.
        keep: Share of units to keep over the corpus, in (0, 1).

    Source: self-information as in Selective Context; the Kompress post calls such labels silver.
    """
    counts = Counter(text[a:b].lower() for text in texts for a, b in units(text))
    total, below, known = counts.total(), 0, dict[str, float]()
    # surprisal falls with the count alone, so units that occur as often share a rank
    for count, names in groupby(sorted(counts, key=_falling(counts)), key=_falling(counts)):
        alike = list(names)
        known |= dict.fromkeys(alike, below / total)
        below += -count * len(alike)
    teacher = Teacher(known, below / (total + 1))
    ranks = sorted(rank for text in texts for rank in teacher.ranks(text))
    return Teacher(known, teacher.unknown, ranks[int((1 - keep) * len(ranks))])


def _falling(counts: Counter[str]) -> Callable[[str], int]:
    return lambda unit: -counts[unit]
