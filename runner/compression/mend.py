"""Typed spans are kept whole or not at all: half an address is worse than none."""

from collections.abc import Sequence

from runner.compression.lexer import MustSpan
from runner.compression.unit import Span, overlap

_HALF = 0.5


def mend(
    spans: Sequence[MustSpan],
    pieces: tuple[Span, ...],
    keep: Sequence[bool],
    *,
    scores: Sequence[float],
    most: int | None,
) -> list[bool]:
    """Return `keep` without half-kept spans.

    A span with at most half of its units kept is dropped. The others are completed, best mean
    score first, while there is room, and else dropped; the room that is left goes to what scores
    best among single units and whole spans.

    Args:
        spans: Lexed spans, disjoint.
        pieces: The `U` units of the text.
        keep: `U` decisions.
        scores: `U` keep probabilities, in [0, 1].
        most: Units that may be kept in all, at least `sum(keep)`; None sets no bound, and fills
            nothing up.
    """
    held = [overlap(pieces, (span.start, span.end)) for span in spans]
    torn = [units for units in held if 0 < sum(keep[i] for i in units) < len(units)]
    mended = list(keep)
    for units in torn:
        for index in units:
            mended[index] = False
    wanted = [units for units in torn if sum(keep[i] for i in units) > _HALF * len(units)]
    _take(wanted, mended, scores, len(pieces) if most is None else most)
    if most is not None and torn:
        inside = {index for units in held for index in units}
        single = [range(i, i + 1) for i in range(len(pieces)) if i not in inside]
        _take([*held, *single], mended, scores, most)
    return mended


def _take(groups: Sequence[range], kept: list[bool], scores: Sequence[float], most: int) -> None:
    """Keep whole groups of units, best mean score first, while at most `most` units are kept."""
    room = most - sum(kept)
    for group in sorted(groups, key=lambda group: -sum(scores[i] for i in group) / len(group)):
        new = [index for index in group if not kept[index]]
        if len(new) <= room:
            room -= len(new)
            for index in new:
                kept[index] = True
