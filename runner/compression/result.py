"""What a compression came to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from runner.compression.fidelity import Fidelity, together
from runner.compression.options import Domain
from runner.compression.unit import Span, units

Passed = Literal["deadline", "binary"]


@dataclass(frozen=True, slots=True)
class Compression:
    """A compressed text and what became of the original.

    Attributes:
        text: Slices of the original, joined; never longer than it.
        spans: Those slices, in characters of the original: ascending, disjoint, not adjacent.
        kept: Units kept, of the units that were decided.
        dropped: Units dropped.
        by_class: Lexed must-keep spans by class: how many the original has, how many are whole.
        domain: What the router took the text for; of several blocks, what most of it is.
        passed: Why some or all of it passed through undecided, or None if all was decided.
    """

    text: str
    spans: tuple[Span, ...]
    kept: int
    dropped: int
    by_class: dict[str, Fidelity]
    domain: Domain
    passed: Passed | None = None

    @property
    def complete(self) -> bool:
        """Tell whether every unit was decided; else the rest passed through unchanged."""
        return self.passed is None

    @property
    def keep_rate(self) -> float:
        """Return the share of decided units that was kept, in [0, 1]; 1 where there were none."""
        total = self.kept + self.dropped
        return self.kept / total if total else 1.0

    @property
    def data(self) -> bytes:
        """Return the bytes of a text that came from `decoded`."""
        return self.text.encode(errors="surrogateescape")


@dataclass(frozen=True, slots=True)
class Part:
    """A block of a stream: what came in, and what became of it."""

    source: str
    result: Compression


def join(results: Sequence[Compression], sizes: Sequence[int]) -> Compression:
    """Return the compressions of consecutive texts as one.

    Args:
        results: One per text.
        sizes: Characters of each text.
    """
    spans: list[Span] = []
    place, classes, domains = 0, dict[str, Fidelity](), Counter[Domain]()
    for result, size in zip(results, sizes, strict=True):
        for start, end in result.spans:
            first = spans.pop()[0] if spans and spans[-1][1] == place + start else place + start
            spans.append((first, place + end))
        place += size
        classes = together(classes, result.by_class)
        domains[result.domain] += size
    return Compression(
        text="".join(result.text for result in results),
        spans=tuple(spans),
        kept=sum(result.kept for result in results),
        dropped=sum(result.dropped for result in results),
        by_class=classes,
        domain=domains.most_common(1)[0][0] if domains else "other",
        passed=next((result.passed for result in results if result.passed), None),
    )


def whole(text: str) -> Compression:
    """Return a text of which everything is kept."""
    return Compression(text, ((0, len(text)),), len(units(text)), 0, {}, "other")


def passed(text: str, why: Passed) -> Compression:
    """Return a text that was not decided."""
    return Compression(text, ((0, len(text)),), 0, 0, {}, "other", passed=why)
