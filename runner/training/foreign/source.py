"""What is read, and what is told of it: nothing is left out in silence."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.core.chat import Tool
from runner.core.episode import Episode
from runner.core.problem import printable, shown
from runner.training.errors import TrainingError

MOST_BYTES = 512 << 20
"""Bytes of a file, or of what a packed one unpacks to."""

Json = Mapping[str, Any]


class ForeignError(TrainingError):
    """A file that holds no conversations in any known form; the message says what was found."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file.

    Attributes:
        name: What to call it in messages.
        data: Its bytes.
    """

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file held.

    Attributes:
        episodes: Without a mark, unless the source has a score in [0, 1].
        tools: Task to the tools that could be called, where the source says so.
        skipped: Kind of record or part to how many of it were left out.
        damaged: `path:line: why` of each line or record that cannot be read.
        redacted: Texts in which a secret was masked.
    """

    episodes: tuple[Episode, ...] = ()
    tools: Mapping[str, tuple[Tool, ...]] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()
    redacted: int = 0


Read = Callable[[Source], Imported]


class Told:
    """What a reader has to say besides the episodes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.skipped: Counter[str] = Counter()
        self.damaged: list[str] = []
        self.redacted = 0

    def skip(self, kind: str) -> None:
        """Count something that is left out."""
        self.skipped[printable(kind)[:80]] += 1

    def damage(self, where: int | str, why: str) -> None:
        """Name a line, or another place, that cannot be read."""
        self.damaged.append(f"{self.name}:{where}: {why}")

    def imported(
        self, episodes: tuple[Episode, ...], tools: Mapping[str, tuple[Tool, ...]] | None = None
    ) -> Imported:
        """Return what was found together with what was not."""
        return Imported(
            episodes=episodes,
            tools=tools or {},
            skipped=dict(sorted(self.skipped.items())),
            damaged=tuple(self.damaged),
            redacted=self.redacted,
        )


def json_of(text: bytes | str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value.

    Raises:
        ValueError: it is none, or nested too deeply to be read.
    """
    try:
        return json.loads(text)
    except RecursionError as err:
        raise ValueError("nested too deeply") from err


def records(source: Source, told: Told) -> Iterator[tuple[int, Json]]:
    """Yield the objects of JSON lines with their line, from 1; others are damaged."""
    for number, line in enumerate(source.data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            found = json_of(line)
        except ValueError:
            told.damage(number, f"no JSON: {shown(line[:60].decode(errors='replace'))}")
            continue
        if isinstance(found, dict):
            yield number, found
        else:
            told.damage(number, f"expected a JSON object, got {shown(found)}")


def mapping(value: object) -> Json:
    """Return a JSON object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Return a JSON list, an empty one for anything else."""
    return value if isinstance(value, list) else []


def words(value: object) -> str:
    """Return a string, "" for anything else."""
    return value if isinstance(value, str) else ""
