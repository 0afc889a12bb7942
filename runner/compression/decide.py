"""Keep decisions: from scores per unit to kept units to byte-exact output."""

from collections.abc import Iterable, Sequence

from runner.compression.lexer import MustSpan
from runner.compression.unit import Span, is_word, mark

_JOINERS = frozenset("._-+/:@%=~#\\,'")


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


def named(pieces: tuple[Span, ...], spans: Iterable[MustSpan]) -> list[bool]:
    """Return for each unit whether a lexed span touches it: what an override would force."""
    return mark(pieces, tuple((span.start, span.end) for span in spans))


def slices(text: str, pieces: Sequence[Span], keep: Sequence[bool]) -> tuple[Span, ...]:
    """Return the slices of `text` that make up the compressed output, ascending and disjoint.

    Between two kept units that lose what stood between them, one whitespace run of the gap
    survives (the last that holds a newline, else the first); where the gap has none and two words,
    numbers or ids would fuse, the dropped marks stay that keep them apart. What stands before the
    first kept unit stays if it is whitespace; after the last one a whitespace run survives as in a
    gap if the text ends in whitespace, so that a last line still ends. Keeping all is the text
    itself, and a text without units stays as it is.
    """
    found: list[Span] = []
    last: Span | None = None
    for piece, kept in zip(pieces, keep, strict=True):
        if kept:
            found += _glue(text, last[1], piece[0]) if last else _indent(text, piece[0])
            found.append(piece)
            last = piece
    if last is not None and text[-1].isspace():
        found += _glue(text, last[1], len(text))
    return _merge(found if pieces else [(0, len(text))])


def render(text: str, pieces: Sequence[Span], keep: Sequence[bool]) -> str:
    """Return the compressed text."""
    return "".join(text[start:end] for start, end in slices(text, pieces, keep))


def _indent(text: str, end: int) -> list[Span]:
    return [(0, end)] if text[:end].isspace() else []


def _glue(text: str, start: int, end: int) -> list[Span]:
    gap = text[start:end]
    if not gap or gap.isspace():
        return [(start, end)]
    if runs := _whitespace(gap):
        lines = [run for run in runs if "\n" in gap[run[0] : run[1]]]
        first, last = lines[-1] if lines else runs[0]
        return [(start + first, start + last)]
    if not (_joins(text[start - 1]) and _joins(text[end])):
        return []
    marks = [index for index in range(start, end) if not is_word(text[index])]
    apart = [index for index in marks if not _joins(text[index])]
    return [(index, index + 1) for index in apart[:1] or marks]


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


def _joins(char: str) -> bool:
    """Tell whether a character can be inside a word, number, path, flag or address."""
    return is_word(char) or char in _JOINERS


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
