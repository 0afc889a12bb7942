"""An office in the making: names of one pool, ids of a small range, records in any order."""

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from runner.worlds.office import pool as words
from runner.worlds.office.desk import LETTERS
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

_IDS = range(10, 30)
"""Few, so that a model sees each often; drawn, so that it must copy."""
_FILLER = 14
_EACH_AT_LEAST = 1

T = TypeVar("T")
R = TypeVar("R", bound=Record)


def address(name: str, firm: str) -> str:
    """Return somebody's address at a company: `ann@borel.example`."""
    return f"{name.partition(' ')[0]}@{firm.partition(' ')[0]}.example".lower()


class Draft:
    """An office that a template fills.

    Attributes:
        rng: The only source of chance of its template.
    """

    def __init__(self, pool: words.Pool, rng: random.Random) -> None:
        self.rng = rng
        self._pool = pool
        self._ids = {table: rng.sample(_IDS, k=len(_IDS)) for table in LETTERS}
        self._tables: dict[Table, list[Record]] = {table: [] for table in LETTERS}
        self._names: list[str] = []
        self._begun: set[str] = set()
        self._channels: set[str] = set()

    @property
    def entities(self) -> tuple[str, ...]:
        """People and companies that were named, in order."""
        return tuple(dict.fromkeys(self._names))

    def one(self, values: Sequence[T], *, but: Sequence[T] = ()) -> T:
        """Draw one value."""
        return self.rng.choice([each for each in values if each not in but])

    def chance(self, share: float) -> bool:
        """Say yes with a probability in [0, 1]."""
        return self.rng.random() < share

    def person(self) -> str:
        """Name somebody new; no two of an office share a first name."""
        return self._new(words.people(self._pool))

    def firm(self) -> str:
        """Name a new company; no two of an office begin alike."""
        return self._new(words.companies(self._pool))

    def company(self, name: str, **fields: str) -> Company:
        """Add a company."""
        return self._add("companies", Company(id=self._id("companies"), name=name, **fields))

    def contact(self, name: str, company: Company, **fields: str) -> Contact:
        """Add somebody at a company; the address follows from both names unless it is given."""
        values = {"email": address(name, company.name), **fields}
        return self._add(
            "contacts",
            Contact(id=self._id("contacts"), name=name, company=company.id, **values),
        )

    def deal(self, company: Company, title: str, **fields: str) -> Deal:
        """Add a deal."""
        values = {"stage": self.one(words.STAGES), "amount": self.one(words.AMOUNTS), **fields}
        return self._add(
            "deals",
            Deal(
                id=self._id("deals"),
                company=company.id,
                title=title,
                stage=values["stage"],
                amount=int(values["amount"]),
            ),
        )

    def mail(self, sender: str, subject: str, body: str) -> Mail:
        """Add a message to the inbox."""
        values: dict[str, Any] = {"sender": sender, "subject": subject, "body": body}
        return self._add("mails", Mail(id=self._id("mails"), folder="inbox", to="me", **values))

    def row(self, sheet: str, **cells: str) -> Row:
        """Add a row to a sheet."""
        return self._add("rows", Row(id=self._id("rows"), sheet=sheet, cells=cells))

    def event(self, title: str, *attendees: str, **fields: str) -> Event:
        """Add a meeting."""
        values: dict[str, Any] = {
            "day": self.one(words.DAYS),
            "time": self.one(words.TIMES),
            **fields,
        }
        return self._add(
            "events", Event(id=self._id("events"), title=title, attendees=attendees, **values)
        )

    def ticket(self, company: Company, subject: str, **fields: str) -> Ticket:
        """Add a ticket."""
        values = {"priority": self.one(words.PRIORITIES), **fields}
        return self._add(
            "tickets",
            Ticket(id=self._id("tickets"), company=company.id, subject=subject, **values),
        )

    def post(self, channel: str, text: str) -> Post:
        """Add what somebody said in a channel."""
        self._channels.add(channel)
        post = Post(id=self._id("posts"), channel=channel, author=self.person(), text=text)
        return self._add("posts", post)

    def fill(self) -> None:
        """Add records that have nothing to do with the rest, so that no table is empty."""
        strangers = [self.company(self.firm()) for _ in range(2)]
        while True:
            for table in self.rng.sample(list(LETTERS), k=len(LETTERS)):
                held = sum(map(len, self._tables.values()))
                if held >= _FILLER and len(self._tables[table]) >= _EACH_AT_LEAST:
                    continue
                self._stranger(table, self.one(strangers))
            if sum(map(len, self._tables.values())) >= _FILLER:
                return

    def office(self) -> Office:
        """Return the office, each table in an order of chance; posts stay as they were said."""
        tables: dict[str, Any] = {}
        for table, found in self._tables.items():
            mixed = found if table == "posts" else self.rng.sample(found, k=len(found))
            tables[table] = tuple(mixed)
        return Office(**tables)

    def _new(self, names: Sequence[str]) -> str:
        name = self.rng.choice(names)
        while name.partition(" ")[0] in self._begun:
            name = self.rng.choice(names)
        self._begun.add(name.partition(" ")[0])
        self._names.append(name)
        return name

    def _id(self, table: Table) -> str:
        return f"{LETTERS[table]}{self._ids[table].pop()}"

    def _add(self, table: Table, record: R) -> R:
        self._tables[table].append(record)
        return record

    def _stranger(self, table: Table, company: Company) -> None:
        draw = {
            "contacts": lambda: self.contact(self.person(), company),
            "deals": lambda: self.deal(company, self.one(words.TITLES)),
            "mails": lambda: self.mail(
                self.person(), self.one(words.TOPICS), self.one(words.NOTES)
            ),
            "rows": lambda: self.row(
                self.one(words.SHEETS),
                company=company.name,
                year=self.one(words.YEARS),
                amount=self.one(words.AMOUNTS),
            ),
            "events": lambda: self.event(self.one(words.MEETINGS)),
            "tickets": lambda: self.ticket(company, self.one(words.ISSUES)),
            "posts": self._chatter,
        }
        draw.get(table, lambda: None)()

    def _chatter(self) -> None:
        quiet = [each for each in words.CHANNELS if each not in self._channels]
        if quiet:
            self.post(self.one(quiet), self.one(words.NOTES))
