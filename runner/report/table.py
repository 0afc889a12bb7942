"""Markdown tables; cells arrive escaped."""

from collections.abc import Iterable, Sequence


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


def section(title: str, *blocks: str, depth: int = 3) -> str:
    """Return a titled section of its non-empty blocks; "" if none is left."""
    filled = [block for block in blocks if block]
    return "\n\n".join([f"{'#' * depth} {title}", *filled]) if filled else ""
