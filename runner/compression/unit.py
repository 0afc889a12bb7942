"""Units: the fixed pieces that are kept or dropped whole, whatever the model's tokenizer."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

Span = tuple[int, int]

_UNIT = re.compile(r"\w+|[^\w\s]")


def units(text: str) -> tuple[Span, ...]:
    """Cut a text into units: runs of word characters, and single other characters.

    Whitespace belongs to no unit. Counting in units and not in a model's tokens keeps rates and
    budgets comparable between candidates with different tokenizers.

    Returns:
        Character spans `(start, end)`, ascending, disjoint.
    """
    return tuple(match.span() for match in _UNIT.finditer(text))


def unit_texts(text: str) -> list[str]:
    """Return what the units of a text are, in order, as `units` cuts it."""
    return _UNIT.findall(text)


def is_word(char: str) -> bool:
    """Tell a character of a word or a number from all others; a unit is known by its first."""
    return char.isalnum() or char == "_"


def overlap(pieces: tuple[Span, ...], span: Span) -> range:
    """Return the indices of the units that share a character with `span`; `pieces` ascending."""
    first = bisect_right(pieces, span[0], key=lambda piece: piece[1])
    last = bisect_left(pieces, span[1], key=lambda piece: piece[0])
    return range(first, max(first, last))


def touched(pieces: tuple[Span, ...], offsets: Sequence[Span]) -> list[range]:
    """Return for each of some ascending spans the units that share a character with it.

    The same as `overlap` of each, in one pass.
    """
    found: list[range] = []
    first, most = 0, len(pieces)
    for start, end in offsets:
        while first < most and pieces[first][1] <= start:
            first += 1
        last = first
        while last < most and pieces[last][0] < end:
            last += 1
        found.append(range(first, last))
    return found


def mark(pieces: tuple[Span, ...], spans: tuple[Span, ...]) -> list[bool]:
    """Return for each unit whether any span touches it."""
    marked = [False] * len(pieces)
    for span in spans:
        for index in overlap(pieces, span):
            marked[index] = True
    return marked
