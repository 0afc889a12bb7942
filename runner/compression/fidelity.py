"""How many typed spans of each class a compression left whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.compression.lexer import MustSpan
from runner.compression.unit import Span, overlap


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How many lexed spans of a class a text has, and how many of them are kept whole."""

    found: int
    kept: int

    @property
    def lost(self) -> int:
        """Return how many are not kept whole."""
        return self.found - self.kept


def fidelity(
    spans: Sequence[MustSpan], pieces: tuple[Span, ...], keep: Sequence[bool]
) -> dict[str, Fidelity]:
    """Count the lexed spans by class, and those all of whose units are kept; sorted by class."""
    found: dict[str, list[bool]] = {}
    for span in spans:
        whole = all(keep[index] for index in overlap(pieces, (span.start, span.end)))
        found.setdefault(span.kind, []).append(whole)
    return {kind: Fidelity(len(flags), sum(flags)) for kind, flags in sorted(found.items())}


def together(one: dict[str, Fidelity], other: dict[str, Fidelity]) -> dict[str, Fidelity]:
    """Return the counts of two texts as those of one."""
    nothing = Fidelity(0, 0)
    pairs = {kind: (one.get(kind, nothing), other.get(kind, nothing)) for kind in {*one, *other}}
    return {
        kind: Fidelity(left.found + right.found, left.kept + right.kept)
        for kind, (left, right) in sorted(pairs.items())
    }
