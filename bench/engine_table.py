"""Figures against their bars, as a terminal shows them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure with the bar that it must meet; `worst` is None for a figure without one."""

    figure: str
    measured: float
    unit: str
    worst: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Say `met` or `missed`; "" without a bar. A NaN misses."""
        if self.worst is None:
            return ""
        good = self.measured >= self.worst if self.at_least else self.measured <= self.worst
        return "met" if good else "missed"

    def cells(self) -> tuple[str, str, str, str]:
        """Return the row of the table."""
        sign = ">=" if self.at_least else "<="
        bar = "" if self.worst is None else f"{sign} {self.worst:g} {self.unit}"
        return self.figure, f"{self.measured:.3g} {self.unit}", bar, self.verdict


def table(rows: Sequence[Bar]) -> str:
    """Align figures, bars and verdicts for a terminal."""
    cells = [("figure", "measured", "bar", "verdict"), *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )
