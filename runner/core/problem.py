"""What is wrong with a declaration, in the reader's words and with the line to go to."""

import dataclasses
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.core.errors import SpecError

Pointer = tuple[str | int, ...]
_QUOTED = 60
_LONGEST = 600
"""Characters of one message: what the reader does not know yet stands at its beginning."""
_PLAIN_KEY = re.compile(r"[^\s.\[\]\"\\]{1,60}")
_COMMAND = re.compile(r"^( *:)(?=:)|(##)(?=\[)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong at one place of a value, before the place has a line."""

    pointer: Pointer
    text: str


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with a file; sorts by path, then line."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return one line that can be printed, whatever the file's names and values are."""
        text = printable(self.text)
        cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
        return f"{printable(self.path)}:{self.line}: {cut}"


class MalformedError(SpecError):
    """A declaration with at least one problem; the message is all of them, a line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def dotted(pointer: Pointer) -> str:
    """Spell a pointer as people do: `hypotheses[1].with.method`; "" for the whole file."""
    parts = [f"[{part}]" if isinstance(part, int) else _key(part) for part in pointer]
    return "".join(parts).removeprefix(".")


def _key(name: str) -> str:
    """Spell a key that is no word in brackets, so that it can be told from the words around it."""
    if _PLAIN_KEY.fullmatch(name):
        return f".{printable(name)}"
    return f"[{shown(name)}]"


def printable(text: str) -> str:
    """Return foreign text for one line of a terminal: control and direction marks escaped."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def tame(text: str) -> str:
    """Return foreign text for a terminal or a workflow's log; its lines stay.

    Control and direction marks are escaped. What GitHub Actions would obey in a log, `::command` at
    the start of a line and `##[command]` anywhere, is cut in two by a space.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
    """
    lines = [printable(line.replace("\t", "    ")) for line in text.split("\n")]
    return _COMMAND.sub(r"\g<0> ", "\n".join(lines))


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
