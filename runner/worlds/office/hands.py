"""What a template's plan acts with: calls, and choices among what was found.

A plan is written once, for a reader of the conversation who makes no mistake. Who really acts is
its `Habit`: it decides what is picked among records and which calls are made for one that is meant.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from runner.worlds.office import pool as words

Found = dict[str, Any]
Send = Callable[[str, dict[str, Any]], str]
"""Makes one call, and returns what the world says: JSON."""


class StopError(Exception):
    """The plan cannot go on, or its actor will not."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call that is meant.

    Attributes:
        writes: Whether it changes the office.
    """

    tool: str
    arguments: dict[str, Any]
    writes: bool = False


class Habit(Protocol):
    """How somebody carries out a plan."""

    def pick(self, found: Sequence[Found], fits: Sequence[Found]) -> Found:
        """Choose a record; `fits` are those of `found` that the plan asks for, maybe none.

        Raises:
            StopError: none will do.
        """
        ...

    def calls(self, meant: Call) -> Sequence[Call]:
        """Return what is called in its place; the last is what the plan is told the result of.

        Raises:
            StopError: the actor stops here.
        """
        ...


class Steady:
    """Does what the plan says."""

    def pick(self, _found: Sequence[Found], fits: Sequence[Found]) -> Found:
        """Choose the first that fits."""
        if not fits:
            raise StopError
        return fits[0]

    def calls(self, meant: Call) -> Sequence[Call]:
        """Return the call that is meant."""
        return (meant,)


class Hasty(Steady):
    """Takes the first record that it finds, whatever was asked for."""

    def pick(self, found: Sequence[Found], _fits: Sequence[Found]) -> Found:
        """Choose the first."""
        if not found:
            raise StopError
        return found[0]


_SURE = 0.5
"""Errors of a look-up or a choice for each of a write."""


class Careless(Steady):
    """Errs when it writes, less often when it looks up and chooses, and goes on from its mistake.

    Args:
        noise: Probability of an error in a write, in [0, 1]; a look-up or a choice goes wrong
            half as often.
        rng: Where errors come from.
    """

    def __init__(self, noise: float, rng: random.Random) -> None:
        self._noise = noise
        self._rng = rng

    def pick(self, found: Sequence[Found], fits: Sequence[Found]) -> Found:
        """Choose one that fits, or by mistake one that does not: a near-duplicate, a stale one."""
        wrong = [each for each in found if each not in fits]
        if wrong and (not fits or self._errs(_SURE * self._noise)):
            return self._rng.choice(wrong)
        return super().pick(found, fits)

    def calls(self, meant: Call) -> Sequence[Call]:
        """Return the call, or by mistake another, two, none."""
        if not self._errs(self._noise if meant.writes else _SURE * self._noise):
            return (meant,)
        kinds = [self._other_value, self._unknown_id, self._again]
        if meant.writes:
            kinds += [self._other_value, self._other_field, self._none, self._also, self._also]
        else:
            kinds += [self._stop]
        return self._rng.choice(kinds)(meant)

    def _errs(self, chance: float) -> bool:
        return self._rng.random() < chance

    def _other_value(self, meant: Call) -> Sequence[Call]:
        swaps = {name: _others(value) for name, value in meant.arguments.items()}
        open_ = [name for name, others in swaps.items() if others]
        if not open_:
            return self._unknown_id(meant)
        name = self._rng.choice(open_)
        return (_with(meant, name, self._rng.choice(swaps[name])),)

    def _unknown_id(self, meant: Call) -> Sequence[Call]:
        ids = [name for name, value in meant.arguments.items() if _is_id(value)]
        if not ids:
            return (meant, meant)
        name = self._rng.choice(ids)
        letter = meant.arguments[name][0]
        return (_with(meant, name, f"{letter}{self._rng.randrange(10, 30)}"),)

    def _again(self, meant: Call) -> Sequence[Call]:
        return (meant, meant)

    def _stop(self, meant: Call) -> Sequence[Call]:  # noqa: ARG002 - as its fellows are called
        raise StopError

    def _none(self, meant: Call) -> Sequence[Call]:  # noqa: ARG002 - likewise
        return ()

    def _other_field(self, meant: Call) -> Sequence[Call]:
        field = _OTHER_FIELD.get(meant.arguments.get("field", ""))
        return (meant,) if field is None else (_with(meant, "field", field),)

    def _also(self, meant: Call) -> Sequence[Call]:
        told = {
            "to": f"{self._rng.choice(words.FIRSTS).lower()}@mail.example",
            "subject": self._rng.choice(words.TOPICS),
            "body": self._rng.choice(words.NOTES),
        }
        return (Call("mail_send", told, writes=True), meant)


class Hands:
    """Carries out a plan by an actor's habit.

    Args:
        send: Makes a call in the world.
        habit: Whose hands they are.
    """

    def __init__(self, send: Send, habit: Habit) -> None:
        self._send = send
        self._habit = habit

    def find(self, tool: str, **arguments: object) -> list[Found]:
        """Look something up; [] where the world refuses."""
        said = self._do(Call(tool, arguments))
        found = said if isinstance(said, list) else [said]
        return [each for each in found if isinstance(each, dict) and "error" not in each]

    def write(self, tool: str, **arguments: object) -> None:
        """Change something."""
        self._do(Call(tool, arguments, writes=True))

    def pick(self, found: Sequence[Found], **want: object) -> Found:
        """Choose the record with these values.

        Raises:
            StopError: there is none, or the actor takes none.
        """
        return self.pick_where(
            found, lambda each: all(each.get(name) == value for name, value in want.items())
        )

    def pick_where(self, found: Sequence[Found], fits: Callable[[Found], bool]) -> Found:
        """Choose the record of which something is true.

        Raises:
            StopError: there is none, or the actor takes none.
        """
        return self._habit.pick(found, [each for each in found if fits(each)])

    def _do(self, meant: Call) -> object:
        said = "[]"
        for call in self._habit.calls(meant):
            said = self._send(call.tool, call.arguments)
        return json.loads(said)


def _with(call: Call, name: str, value: object) -> Call:
    return replace(call, arguments={**call.arguments, name: value})


def _others(value: object) -> list[Any]:
    """Return values that could stand in place of one, of the same kind."""
    for known in words.VOCABULARIES:
        if str(value) in known:
            others = [each for each in known if each != str(value)]
            return [int(each) for each in others] if isinstance(value, int) else others
    return []


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value[:1].isalpha() and value[1:].isdecimal()


_OTHER_FIELD: Mapping[str, str] = {
    "role": "status",
    "stage": "title",
    "priority": "status",
    "status": "priority",
    "assignee": "priority",
}
