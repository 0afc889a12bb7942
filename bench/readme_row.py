"""A row of the README's table: its figure, what was measured, and what it is held against."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from figure import ROOT

UNEXPLAINED = "no reason is written yet"


class MissingError(Exception):
    """No result file holds what a row shows: the bench and the part."""


@dataclass(slots=True)
class Results:
    """What was measured: the newest file of a bench that holds a part; and kept campaigns.

    Attributes:
        folder: Of files `<date>-<bench>.json`.
        examples: Of folders `<loop>` with the rows of a kept campaign.
        used: Names of the files that were asked for a part that they hold.
    """

    folder: Path = ROOT / "bench/results"
    examples: Path = ROOT / "docs/examples"
    used: set[str] = field(default_factory=set)

    def part(self, bench: str, *names: str) -> Any:  # noqa: ANN401 - JSON of many shapes
        """Return a part of a bench's figures.

        Raises:
            MissingError: no file of the bench holds it.
        """
        for path in sorted(self.folder.glob(f"????-??-??-{bench}.json"), reverse=True):
            found: Any = json.loads(path.read_text())
            for name in names:
                found = found.get(name) if isinstance(found, Mapping) else None
            if found is not None:
                self.used.add(path.name)
                return found
        raise MissingError(f"{self.folder.name}/*-{bench}.json: {', '.join(names) or 'no file'}")

    def campaign(self, loop: str) -> list[dict[str, Any]]:
        """Return the rows of a kept campaign, oldest first.

        Raises:
            MissingError: none is kept.
        """
        paths = sorted(self.examples.glob(f"{loop}/it/*/*.json"))
        if not paths:
            raise MissingError(f"{self.examples.name}/{loop}: no row")
        return [json.loads(path.read_text()) for path in paths]


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure is held against; `met` is None where it is only told."""

    text: str
    met: bool | None = None
    why: str = ""

    @property
    def unexplained(self) -> bool:
        """Tell a miss that nobody has given a reason for."""
        return self.met is False and not self.why

    def __str__(self) -> str:
        """Return the words of the table."""
        return f"{self.text}, missed: {self.why or UNEXPLAINED}" if self.met is False else self.text


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    figure: str
    measured: str
    aims: tuple[Aim, ...]

    def __str__(self) -> str:
        """Return the line as Markdown."""
        return f"| {self.figure} | {self.measured} | {'; '.join(map(str, self.aims))} |"


Ask = Callable[[Results], Row]
TOLD = Aim("told")


def at_most(value: float, bar: float, unit: str = "", *, why: str = "") -> Aim:
    """Hold a number against a bar that it must not exceed; a NaN misses."""
    return Aim(f"{bar:,g} {unit}".strip(), value <= bar, why)


def at_least(value: float, bar: float, unit: str = "", *, why: str = "") -> Aim:
    """Hold a number against a bar that it must reach; a NaN misses."""
    return Aim(f"{bar:,g} {unit}".strip(), value >= bar, why)


def claim(text: str, met: object, *, why: str = "") -> Aim:
    """Hold a figure against what was said of it in words."""
    return Aim(text, bool(met), why)


def fixed(value: float, digits: int = 3) -> str:
    """Return a number whose last digit is rounded up at a five: 0.9165 as 0.917."""
    return format(value + math.copysign(1e-9, value), f".{digits}f")


def span(values: list[float], form: str = ".3f") -> str:
    """Return the least and the greatest of some numbers."""
    least, most = (format(edge + 1e-9, form) for edge in (min(values), max(values)))
    return least if least == most else f"{least} to {most}"


def signed(interval: tuple[float, float] | list[float], digits: int = 3) -> str:
    """Return an interval of differences."""
    low, high = interval
    return f"{low:+.{digits}f} to {high:+.{digits}f}"


def likely(p: float) -> str:
    """Return a probability with one digit: 0.002, 8e-12."""
    return f"{p:.1g}".replace("e-0", "e-")
