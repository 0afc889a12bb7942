"""What is wrong with a declaration, in the reader's words and with the line to go to."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.core.errors import SpecError

Pointer = tuple[str | int, ...]
_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong at one place of a value, before the place has a line."""

    pointer: Pointer
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with a file; sorts by path, then line."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


class MalformedError(SpecError):
    """A declaration with at least one problem; the message is all of them, a line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def dotted(pointer: Pointer) -> str:
    """Spell a pointer as people do: `hypotheses[1].with.method`; "" for the whole file."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{printable(part)}" for part in pointer]
    return "".join(parts).removeprefix(".")


def printable(text: str) -> str:
    """Return foreign text for one line of a terminal: control and direction marks escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def shown(value: object) -> str:
    """Spell what was found: a scalar as JSON, cut at 60 characters; a collection by its kind."""
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if value is None:
        return "nothing"
    text = printable(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED - 4]}..."


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return `; did you mean "x"?`, or `; known: a, b` when nothing known is close, or ""."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a typo pays for the import

    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; known: {', '.join(sorted(known))}" if known else ""
