"""The tables of an office as calls change them."""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from runner.worlds.office.state import (
    Company,
    Contact,
    Deal,
    Event,
    Mail,
    Office,
    Post,
    Record,
    Row,
    Table,
    Ticket,
)

R = TypeVar("R", bound=Record)

LETTERS: Mapping[Table, str] = {
    "companies": "A",
    "contacts": "C",
    "deals": "D",
    "mails": "M",
    "rows": "R",
    "events": "E",
    "tickets": "T",
    "posts": "P",
}
"""What the ids of new records begin with, by table."""


class Shelf(Generic[R]):
    """One table; it is copied when it is first changed."""

    __slots__ = ("_before", "_last", "_letter", "_now")

    def __init__(self, records: tuple[R, ...], *, letter: str) -> None:
        self._before = records
        self._letter = letter
        self._now: dict[str, R] | None = None
        self._last: int | None = None

    def __iter__(self) -> Iterator[R]:
        return iter(self._before if self._now is None else self._now.values())

    def get(self, name: str) -> R | None:
        """Return the record with an id, or None."""
        return next((each for each in self if each.id == name), None)

    def put(self, record: R) -> None:
        """Replace the record with the same id, or add one at the end."""
        self._changing()[record.id] = record

    def remove(self, name: str) -> None:
        """Take a record off; its id is never given to another."""
        self._number()
        del self._changing()[name]

    def next_id(self) -> str:
        """Return the id that the next new record has: one more than the highest ever."""
        return f"{self._letter}{self._number() + 1}"

    def add(self, record: R) -> None:
        """Add a record whose id is `next_id()`."""
        self._last = self._number() + 1
        self.put(record)

    def records(self) -> tuple[R, ...]:
        """Return the table as it is now."""
        return self._before if self._now is None else tuple(self._now.values())

    def _changing(self) -> dict[str, R]:
        if self._now is None:
            self._now = {record.id: record for record in self._before}
        return self._now

    def _number(self) -> int:
        if self._last is None:
            ids = (each.id.removeprefix(self._letter) for each in self)
            self._last = max((int(each) for each in ids if each.isdecimal()), default=0)
        return self._last


class Desk:
    """All tables of an office; making one costs microseconds, whatever it holds."""

    __slots__ = tuple(LETTERS)

    def __init__(self, office: Office) -> None:
        self.companies: Shelf[Company] = Shelf(office.companies, letter=LETTERS["companies"])
        self.contacts: Shelf[Contact] = Shelf(office.contacts, letter=LETTERS["contacts"])
        self.deals: Shelf[Deal] = Shelf(office.deals, letter=LETTERS["deals"])
        self.mails: Shelf[Mail] = Shelf(office.mails, letter=LETTERS["mails"])
        self.rows: Shelf[Row] = Shelf(office.rows, letter=LETTERS["rows"])
        self.events: Shelf[Event] = Shelf(office.events, letter=LETTERS["events"])
        self.tickets: Shelf[Ticket] = Shelf(office.tickets, letter=LETTERS["tickets"])
        self.posts: Shelf[Post] = Shelf(office.posts, letter=LETTERS["posts"])

    def office(self) -> Office:
        """Return what the tables hold now; records were checked when they were made."""
        return Office.model_construct(
            **{table: getattr(self, table).records() for table in LETTERS}
        )
