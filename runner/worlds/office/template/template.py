"""What a kind of task is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import cast, get_args

from runner.worlds.office.assertion import Unchanged
from runner.worlds.office.draft import Draft
from runner.worlds.office.hands import Hands
from runner.worlds.office.state import Office, Table
from runner.worlds.office.task import Assertion

Slots = Mapping[str, str]
Plan = Callable[[Slots, Hands], None]

_WORD = r"[a-z]+"
_NAME = r"[A-Z][a-z]+ [A-Z][a-z]+"
_PATTERNS = {
    "person": _NAME,
    "person2": _NAME,
    "company": rf"{_NAME}(?: [A-Z][a-z]+)?",
    "email": r"\S+@\S+",
    "note": rf"{_WORD} {_WORD}",
    "amount": r"\d+",
    "year": r"\d{4}",
    "day": r"[A-Z][a-z]+",
    "time": r"\d\d:\d\d",
    "id": r"[A-Z]\d+",
}
"""How the values of a slot look; any other is one lower-case word."""
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Scene:
    """What a template made of a draft.

    Attributes:
        slots: Slot of the wordings to value.
        goals: Assertions, objectives among them.
        changed: Table to the ids that may change or go.
        added: Table to how many records may be new.
    """

    slots: Slots
    goals: tuple[Assertion, ...]
    changed: Mapping[Table, tuple[str, ...]] = field(default_factory=dict)
    added: Mapping[Table, int] = field(default_factory=dict)

    def assertions(self) -> tuple[Assertion, ...]:
        """Return the goals, and for every table that nothing else happened to it."""
        guards = (
            Unchanged(table=table, but=self.changed.get(table, ()), adds=self.added.get(table, 0))
            for table in cast("tuple[Table, ...]", get_args(Table))
            if table in Office.model_fields and table != "companies"
        )
        return (*self.goals, *guards)


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of task.

    Attributes:
        says: Wordings of the instruction, with slots in braces; each tells every slot.
        scene: Fills a draft and says what is asked.
        plan: What somebody does who knows the slots and reads what is found.
    """

    name: str
    says: tuple[str, ...]
    scene: Callable[[Draft], Scene]
    plan: Plan

    def slots(self, instruction: str) -> Slots | None:
        """Read the slots back from an instruction; None where it is not of this kind."""
        for wording in self.says:
            hit = _reader(wording).fullmatch(instruction)
            if hit is not None:
                return hit.groupdict()
        return None


@cache
def _reader(wording: str) -> re.Pattern[str]:
    """Return a pattern of a wording's instructions; a slot that comes twice is the same twice."""
    seen: set[str] = set()
    parts = []
    for index, part in enumerate(_SLOT.split(wording)):
        if index % 2 == 0:
            parts.append(re.escape(part))
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            parts.append(f"(?P<{part}>{_PATTERNS.get(part, _WORD)})")
            seen.add(part)
    return re.compile("".join(parts))
