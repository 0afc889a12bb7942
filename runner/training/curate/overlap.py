"""Rows held against cases that must not be learned from: by what was asked, names left out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.core.chat import Message
from runner.training.curate.error import OverlapError
from runner.training.curate.near import names
from runner.training.row import TrainingRow

SHOWN = 10
LONGEST_NAME = 80
"""Characters that may stand where a case has a name."""
FEWEST_WORDS = 3
"""Words beside names from which on two instructions can be told to be the same."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A case that no row may ask.

    Attributes:
        id: What to call it in an error; of a held-out case a digest, not what it asks.
        instruction: What it asks.
        entities: Names in it that are its own: a row that asks the same with other names is the
            same. Empty where other cases of its template may be learned from.
    """

    id: str
    instruction: str
    entities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overlap:
    """A row that asks what a case asks.

    Attributes:
        row: Its number, from 1, which is its line in a file.
        exact: Word for word; False where names differ.
    """

    row: int
    case: str
    exact: bool

    def __str__(self) -> str:
        return f"row {self.row} asks {self.case}{'' if self.exact else ' with other names'}"


def overlaps(rows: Sequence[TrainingRow], forbidden: Sequence[Forbidden]) -> Iterator[Overlap]:
    """Yield the rows that ask what a case asks; case and spacing do not matter.

    Every message of the user is held against every case: a session asks more than once.
    """
    exact = {_plain(each.instruction): each.id for each in reversed(forbidden)}
    patterns = [(each.id, _between(each)) for each in forbidden if each.entities]
    for number, row in enumerate(rows, start=1):
        for asked in _asked(row.chat):
            case = exact.get(asked)
            if case is not None:
                yield Overlap(number, case, exact=True)
                break
            like = next((id_ for id_, between in patterns if _reads(asked, between)), None)
            if like is not None:
                yield Overlap(number, like, exact=False)
                break


def refuse_overlap(rows: Sequence[TrainingRow], forbidden: Sequence[Forbidden]) -> None:
    """Refuse rows that ask what a case asks.

    Raises:
        OverlapError: naming rows and cases, the first `SHOWN`.
    """
    found = list(overlaps(rows, forbidden))
    if found:
        named = "; ".join(str(each) for each in found[:SHOWN])
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise OverlapError(
            f"{len(found)} of {len(rows)} rows ask what must not be learned: {named}{more}; "
            "leave them out"
        )


def _asked(messages: Sequence[Message]) -> Iterator[str]:
    return (_plain(each.content) for each in messages if each.role == "user")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _between(case: Forbidden) -> list[str]:
    """Return what a case asks, cut where it names an entity."""
    pattern = names(case.entities)
    return (
        [_plain(case.instruction)] if pattern is None else pattern.split(_plain(case.instruction))
    )


def _reads(asked: str, between: Sequence[str]) -> bool:
    """Say whether a text is the pieces in order, with a name between each two.

    Each piece is looked for where it comes first; a name is of any words, `LONGEST_NAME` at most.
    """
    if len(between) == 1 or sum(len(piece.split()) for piece in between) < FEWEST_WORDS:
        return False
    first, *middle, last = between
    if not asked.startswith(first) or not asked.endswith(last):
        return False
    at, end = len(first), len(asked) - len(last)
    for piece in middle:
        found = asked.find(piece, at + 1, end)
        if not 0 < found - at <= LONGEST_NAME:
            return False
        at = found + len(piece)
    return 0 < end - at <= LONGEST_NAME
