"""What a tool is: a name, what it asks for, and what it does to a desk."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, NoReturn, TypeVar

from pydantic import ConfigDict, Field, ValidationError

from runner.core.explain import complaints
from runner.core.frozen import Frozen
from runner.core.problem import Complaint, dotted, shown, suggestion
from runner.worlds.office.desk import Desk, Shelf
from runner.worlds.office.state import Record

_TOLD = 3
"""Complaints that a refusal tells of; an agent mends one call at a time."""
_MANY = 20
"""Arguments beyond which none is looked at."""
_EMPTY = ("", ())


class Arguments(Frozen):
    """What a tool is called with: no coercion, no unknown argument."""

    model_config = ConfigDict(strict=True)


A = TypeVar("A", bound=Arguments)
R = TypeVar("R", bound=Record)
F = TypeVar("F", bound=Frozen)

Query = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
"""Words to look for; not blank."""
Said = Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"\S")]
"""What is written to somebody; not blank."""
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Value = Annotated[str, Field(max_length=200)]
_EMAIL = r"^[^@\s,;<>]+@[^@\s,;<>]+$"
Email = Annotated[str, Field(max_length=200, pattern=_EMAIL)]
"""One e-mail address, such as ann.lee@ardent.example."""


_PATTERNS = {
    r"\S": "some text",
    _EMAIL: "one e-mail address",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": "hours and minutes, such as 09:30",
}


class RefusedError(Exception):
    """A call that is not carried out, with what would be right; nothing has changed."""


@dataclass(frozen=True, slots=True)
class Action(Generic[A]):
    """One tool.

    Attributes:
        does: For the agent, in one or two sentences.
        asks: Its arguments.
        act: Reads or changes the desk and returns what the agent is told, as a JSON value. It
            raises `RefusedError` before it changes anything.
    """

    name: str
    does: str
    asks: type[A]
    act: Callable[[Desk, A], object]


def read(asks: type[A], found: Mapping[str, object]) -> A:
    """Return arguments in their types.

    Raises:
        RefusedError: they are not what the tool asks for.
    """
    if len(found) > _MANY:
        raise RefusedError(f"{len(found)} arguments; it takes {', '.join(asks.model_fields)}")
    try:
        return asks.model_validate(found)
    except ValidationError as err:
        raise RefusedError(told(complaints(asks, found, err))) from err


def told(found: Iterable[Complaint]) -> str:
    """Spell complaints in one line."""
    lines = []
    for each in found:
        place = dotted(each.pointer)
        text = each.text.replace("unknown key", "unknown argument")
        for pattern, words in _PATTERNS.items():
            text = text.replace(f"text that matches {pattern},", f"{words},")
        lines.append(f"{place}: {text}" if place else text)
    return "; ".join(lines[:_TOLD])


def known(shelf: Shelf[R], name: str, *, noun: str) -> R:
    """Return the record with an id.

    Raises:
        RefusedError: there is none.
    """
    record = shelf.get(name)
    if record is None:
        raise RefusedError(f"there is no {noun} with the id {shown(name)}; find its id first")
    return record


def among(name: str, names: Iterable[str], *, noun: str) -> str:
    """Return a name that is one of some.

    Raises:
        RefusedError: it is not.
    """
    found = dict.fromkeys(names)
    if name not in found:
        raise RefusedError(f"there is no {noun} {shown(name)}{suggestion(name, tuple(found))}")
    return name


def changed(record: F, field: str, value: object) -> F:
    """Return a record with another value in one field.

    Raises:
        RefusedError: the field cannot hold the value.
    """
    return made(type(record), {**vars(record), field: value})


def made(kind: type[F], values: Mapping[str, object]) -> F:
    """Return a record of some values.

    Raises:
        RefusedError: it cannot hold them.
    """
    try:
        return kind.model_validate(values, strict=True)
    except ValidationError as err:
        raise RefusedError(told(complaints(kind, values, err))) from err


def flat(record: Record, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a record's fields but for empty ones and some others; its id comes last."""
    fields = {
        name: value
        for name, value in vars(record).items()
        if value not in _EMPTY and name not in (*without, "id")
    }
    return fields | {"id": record.id}


def done(record: Record) -> dict[str, Any]:
    """Return what an agent is told of a change."""
    return {"ok": True, "id": record.id}


def holds(text: str, query: str) -> bool:
    """Whether a text contains every word of a query, in any case and order."""
    folded = text.casefold()
    return all(word in folded for word in query.casefold().split())


def missing(*names: str) -> NoReturn:
    """Refuse a search for nothing.

    Raises:
        RefusedError: always.
    """
    raise RefusedError(f"nothing to look for; give {' or '.join(names)}")
