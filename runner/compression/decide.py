"""Keep decisions: from scores per unit to kept units to byte-exact output."""

from collections.abc import Sequence

from runner.compression.unit import Span


def by_threshold(scores: Sequence[float], threshold: float) -> list[bool]:
    """Keep the units whose score exceeds `threshold`; a NaN score is dropped."""
    return [score > threshold for score in scores]


def by_budget(
    scores: Sequence[float], budget: float, *, forced: Sequence[bool] | None = None
) -> list[bool]:
    """Keep the best units until `floor(budget x n)` are kept.

    Forced units rank before all others; ties go to the earlier unit, so that a model without an
    opinion is a plain truncation.

    Args:
        scores: One per unit, higher is kept first.
        budget: Share of the units that may be kept, in [0, 1].
        forced: Units of the override, or None without one.
    """
    ranks = forced or [False] * len(scores)
    order = sorted(range(len(scores)), key=lambda i: (not ranks[i], -scores[i], i))
    kept = [False] * len(scores)
    for index in order[: int(budget * len(scores) + 1e-9)]:
        kept[index] = True
    return kept


def force(keep: Sequence[bool], forced: Sequence[bool]) -> list[bool]:
    """Keep what was kept and what the override names."""
    return [a or b for a, b in zip(keep, forced, strict=True)]


def slices(text: str, pieces: Sequence[Span], keep: Sequence[bool]) -> tuple[Span, ...]:
    """Return the slices of `text` that make up the compressed output, ascending and disjoint.

    Between two kept units that lose what stood between them, one whitespace run of the gap
    survives (the last that holds a newline, else the first); where the gap has none and two words
    would fuse, its first dropped character stays. So ids and words are never corrupted, case and
    newlines are the input's, and the output is never longer than the input.
    """
    found: list[Span] = []
    last: Span | None = None
    for piece, kept in zip(pieces, keep, strict=True):
        if kept:
            if last is not None:
                found.append(_glue(text, last[1], piece[0]))
            found.append(piece)
            last = piece
    return _merge(found)


def render(text: str, pieces: Sequence[Span], keep: Sequence[bool]) -> str:
    """Return the compressed text."""
    return "".join(text[start:end] for start, end in slices(text, pieces, keep))


def _glue(text: str, start: int, end: int) -> Span:
    gap = text[start:end]
    if not gap or gap.isspace():
        return (start, end)
    runs = _whitespace(gap)
    lines = [run for run in runs if "\n" in gap[run[0] : run[1]]]
    if runs:
        first, last = lines[-1] if lines else runs[0]
        return (start + first, start + last)
    fuses = _is_word(text[start - 1]) and _is_word(text[end])
    return (start, start + 1) if fuses and not _is_word(gap[0]) else (start, start)


def _whitespace(gap: str) -> list[Span]:
    runs: list[Span] = []
    start = None
    for index, char in enumerate(f"{gap}."):
        if char.isspace() and start is None:
            start = index
        elif not char.isspace() and start is not None:
            runs.append((start, index))
            start = None
    return runs


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _merge(found: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in found:
        if start == end:
            continue
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)
