"""Markdown tables; cells arrive escaped."""

from collections.abc import Iterable, Sequence

_FEW = 2


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, or "" where there are no rows: an empty table says nothing."""
    lines = [row_line(row) for row in rows]
    return "\n".join([head_lines(header), *lines]) if lines else ""


def head_lines(header: Sequence[str]) -> str:
    """Return the two lines above a table's rows."""
    return f"{row_line(header)}\n|{'---|' * len(header)}"


def row_line(cells: Sequence[str]) -> str:
    """Return one row."""
    return f"| {' | '.join(cells)} |"


def folded(header: Sequence[str], rows: Sequence[Sequence[str]], *, first: int, noun: str) -> str:
    """Return a table of the first rows, and the rest in one that a reader can open.

    Args:
        header: Cells of both headers.
        rows: All rows, the most wanted first.
        first: How many rows are always shown; a remainder of one or two is not worth folding.
        noun: What the rest is, in the plural (`metrics`).
    """
    rest = rows[first:]
    if len(rest) <= _FEW:
        return table(header, rows)
    summary = f"<details><summary>{len(rest)} more {noun}</summary>"
    return "\n\n".join([table(header, rows[:first]), summary, table(header, rest), "</details>"])


def section(title: str, *blocks: str, depth: int = 3) -> str:
    """Return a titled section of its non-empty blocks; "" if none is left."""
    filled = [block for block in blocks if block]
    return "\n\n".join([f"{'#' * depth} {title}", *filled]) if filled else ""
