"""A vote of several compressors, as one scorer; imports no torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.compression.scorer import Scorer


@dataclass(frozen=True, slots=True)
class EnsembleScorer:
    """Scores a unit by the k-th largest of its members' scores.

    So a unit scores above a threshold exactly if at least `keep_if` members score it above.

    Attributes:
        members: At least `keep_if` of them.
    """

    members: tuple[Scorer, ...]
    keep_if: int

    def scores(self, texts: list[str]) -> list[list[float]]:
        """Return for each text one keep probability per unit, in [0, 1]."""
        by_member = [member.scores(texts) for member in self.members]
        return [
            [kth_largest(votes, self.keep_if) for votes in zip(*rows, strict=True)]
            for rows in zip(*by_member, strict=True)
        ]


def kth_largest(values: Sequence[float], k: int) -> float:
    """Return the k-th largest of some numbers, k from 1."""
    return sorted(values, reverse=True)[k - 1]
