"""Windows: a row longer than a model reads, in parts that know what stands around them."""

from dataclasses import dataclass

SHARE = 16
"""A window's size over the context on each side of a seam: the work grows by 14 in 100.

Measured on the shipped corpus, tokens within 32 of a seam whose decision differs from that of a
window around them: 1.8 in 100 without context, 1.1 with 8 tokens, 0.8 with 16, 0.5 with 32 and 64.
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens `[start, end)` are read, of which `[first, last)` are scored."""

    start: int
    end: int
    first: int
    last: int


def windows(length: int, size: int, *, overlap: int | None = None) -> list[Window]:
    """Cut `length` tokens into windows of at most `size` that score each token once.

    Args:
        length: Tokens of the row.
        size: Tokens that the model reads at once.
        overlap: Tokens of context on each side of a seam, at most a quarter of `size`; None is
            its `SHARE`th part.
    """
    around = size // SHARE if overlap is None else min(overlap, size // 4)
    found, first = [], 0
    while first < length:
        start = max(0, first - around)
        end = min(length, start + size)
        last = length if end == length else end - around
        found.append(Window(start, end, first, last))
        first = last
    return found
