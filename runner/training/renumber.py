"""More rows from each row: the same conversation about records with other ids."""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence

from runner.training.row import TrainingRow

_ID = re.compile(r"(?:(?<![\\\w])|(?<=\\[bfnrt]))([A-Za-z][A-Za-z-]*)(\d+)\b")
"""An id: what kind of record it is of, and its number; in JSON it may follow an escaped newline."""


def renumbered(rows: Sequence[TrainingRow], versions: int, *, seed: int) -> list[TrainingRow]:
    """Return each row, followed by versions of it whose ids are exchanged.

    What an id says is which record is meant, nothing else; a model that is to copy it must not
    learn it by heart. In each version the ids that occur in any row change places with others of
    their kind and length, one for one, so that no conversation comes to speak of another record
    and none has a word that the rows had not.

    Args:
        rows: Conversations whose tool results are JSON.
        versions: Of each row beside itself; 0 returns the rows.
        seed: Of the exchanges.
    """
    kinds = _kinds(rows)
    rng = random.Random(seed)  # noqa: S311 - a seed that the row names
    made: list[TrainingRow] = []
    for row in rows:
        text = row.model_dump_json()
        others = (_exchanged(text, _drawn(kinds, rng)) for _ in range(versions if kinds else 0))
        made += [row, *map(TrainingRow.model_validate_json, others)]
    return made


def _kinds(rows: Sequence[TrainingRow]) -> list[list[str]]:
    """Return the ids that tools named, each kind and length by itself, in order."""
    kinds: dict[tuple[str, int], set[str]] = {}
    for row in rows:
        for message in row.messages:
            for name in _named(message.content) if message.role == "tool" else ():
                found = _ID.fullmatch(name)
                if found:
                    kinds.setdefault((found[1], len(found[2])), set()).add(name)
    return [sorted(kinds[kind]) for kind in sorted(kinds)]


def _named(content: str) -> Iterator[str]:
    """Yield what stands as an `id` in a tool's answer."""
    try:
        said = json.loads(content)
    except ValueError:
        return
    left = [said]
    while left:
        part = left.pop()
        if isinstance(part, list):
            left += part
        elif isinstance(part, dict):
            left += part.values()
            if isinstance(part.get("id"), str):
                yield part["id"]


def _drawn(kinds: Sequence[Sequence[str]], rng: random.Random) -> dict[str, str]:
    drawn: dict[str, str] = {}
    for known in kinds:
        drawn |= zip(known, rng.sample(known, k=len(known)), strict=True)
    return drawn


def _exchanged(text: str, drawn: Mapping[str, str]) -> str:
    return _ID.sub(lambda found: drawn.get(found[0], found[0]), text)
