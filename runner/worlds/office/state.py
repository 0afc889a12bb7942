"""What an office holds: flat records in tables, by id."""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, model_validator

from runner.core.frozen import Frozen

Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,31}$")]
Word = Annotated[str, Field(max_length=200)]
Time = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""Hours and minutes, `09:30`."""
Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


class Company(Frozen):
    """A customer; `parent` is the id of the company that it belongs to, "" for none."""

    id: Id
    name: Word
    parent: str = ""
    region: Word = ""
    owner: Word = ""
    tier: Word = ""


class Contact(Frozen):
    """A person at a customer; one whose `status` is not `active` has left or moved."""

    id: Id
    name: Word
    company: str
    email: Word
    role: Word = ""
    status: Word = "active"


class Deal(Frozen):
    """A sale in the making; `amount` in whole dollars."""

    id: Id
    company: str
    title: Word
    stage: Word
    amount: NonNegativeInt = 0


class Mail(Frozen):
    """A message; `sender` is "me" for what the agent sent."""

    id: Id
    folder: Literal["inbox", "sent"]
    sender: Word
    to: Word
    subject: Word
    body: Annotated[str, Field(max_length=10_000)]


class Row(Frozen):
    """A row of a sheet: column to text; no column is called `id`, since the row has one."""

    id: Id
    sheet: Word
    cells: dict[Word, Word]

    @model_validator(mode="after")
    def _no_id(self) -> Self:
        if "id" in self.cells:
            raise ValueError("a column is called id, as the row's own id is")
        return self


class Event(Frozen):
    """A meeting; `attendees` are e-mail addresses."""

    id: Id
    title: Word
    day: Day
    time: Time
    attendees: tuple[Word, ...] = ()


class Ticket(Frozen):
    """A customer's request to the support desk."""

    id: Id
    company: str
    subject: Word
    status: Word = "open"
    priority: Word = "normal"
    assignee: Word = ""


class Post(Frozen):
    """A message in a chat channel; `author` is "me" for what the agent wrote."""

    id: Id
    channel: Word
    author: Word
    text: Annotated[str, Field(max_length=10_000)]


Record = Company | Contact | Deal | Mail | Row | Event | Ticket | Post
Table = Literal["companies", "contacts", "deals", "mails", "rows", "events", "tickets", "posts"]


class Office(Frozen):
    """A whole office; within a table every id occurs once, and the order means nothing."""

    companies: tuple[Company, ...] = ()
    contacts: tuple[Contact, ...] = ()
    deals: tuple[Deal, ...] = ()
    mails: tuple[Mail, ...] = ()
    rows: tuple[Row, ...] = ()
    events: tuple[Event, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    posts: tuple[Post, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for table in type(self).model_fields:
            seen: set[str] = set()
            for record in getattr(self, table):
                if record.id in seen:
                    raise ValueError(f"{table}: the id {record.id} occurs twice")
                seen.add(record.id)
        return self
