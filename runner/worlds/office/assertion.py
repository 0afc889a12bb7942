"""What can be asserted of an office: each kind holds or does not, and nothing in between."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal, Self

from pydantic import NonNegativeInt, model_validator

from runner.core.frozen import Frozen
from runner.worlds.office.state import (
    Company,
    Contact,
    Day,
    Deal,
    Event,
    Id,
    Mail,
    Office,
    Post,
    Record,
    Row,
    Table,
    Ticket,
    Time,
    Word,
)

_KINDS: dict[str, type[Record]] = {
    "companies": Company,
    "contacts": Contact,
    "deals": Deal,
    "mails": Mail,
    "rows": Row,
    "events": Event,
    "tickets": Ticket,
    "posts": Post,
}


def records(office: Office, table: Table) -> dict[str, Record]:
    """Return a table's records by id."""
    return {record.id: record for record in getattr(office, table)}


class FieldEquals(Frozen):
    """The record is there, and its field says this, numbers as digits."""

    kind: Literal["field_equals"] = "field_equals"
    table: Table
    id: Id
    field: str
    value: Word

    @model_validator(mode="after")
    def _known(self) -> Self:
        _check(self.table, (self.field,))
        return self

    def holds(self, office: Office, _initial: Office) -> bool:
        """Tell whether it holds in an office."""
        found = records(office, self.table).get(self.id)
        return found is not None and _same(getattr(found, self.field), self.value)


class RecordExists(Frozen):
    """Some record of the table has all these fields."""

    kind: Literal["record_exists"] = "record_exists"
    table: Table
    fields: dict[str, Word]

    @model_validator(mode="after")
    def _known(self) -> Self:
        _check(self.table, self.fields)
        return self

    def holds(self, office: Office, _initial: Office) -> bool:
        """Tell whether it holds in an office."""
        return any(_fits(record, self.fields) for record in records(office, self.table).values())


class RecordMissing(Frozen):
    """No record of the table has all these fields."""

    kind: Literal["record_missing"] = "record_missing"
    table: Table
    fields: dict[str, Word]

    @model_validator(mode="after")
    def _known(self) -> Self:
        _check(self.table, self.fields)
        return self

    def holds(self, office: Office, _initial: Office) -> bool:
        """Tell whether it holds in an office."""
        found = records(office, self.table).values()
        return not any(_fits(record, self.fields) for record in found)


class _Letter(Frozen):
    to: Word = ""
    subject: tuple[Word, ...] = ()
    body: tuple[Word, ...] = ()

    def _sent(self, office: Office) -> bool:
        return any(
            mail.folder == "sent"
            and (not self.to or _same(mail.to, self.to))
            and _says(mail.subject, self.subject)
            and _says(mail.body, self.body)
            for mail in office.mails
        )


class MessageSent(_Letter):
    """A mail went to this address whose subject and body hold each of these parts.

    Attributes:
        to: "" for anybody.
        subject: Words or phrases, each somewhere in the subject.
        body: Words or phrases, each somewhere in the body.
    """

    kind: Literal["message_sent"] = "message_sent"

    def holds(self, office: Office, _initial: Office) -> bool:
        """Tell whether it holds in an office."""
        return self._sent(office)


class MessageNotSent(_Letter):
    """No mail went to this address whose subject and body hold each of these parts."""

    kind: Literal["message_not_sent"] = "message_not_sent"

    def holds(self, office: Office, _initial: Office) -> bool:
        """Tell whether it holds in an office."""
        return not self._sent(office)


class RowUpdated(Frozen):
    """The row is in that sheet, and its column says this."""

    kind: Literal["row_updated"] = "row_updated"
    sheet: Word
    id: Id
    column: Word
    value: Word

    def holds(self, office: Office, _initial: Office) -> bool:
        """Tell whether it holds in an office."""
        return any(
            row.id == self.id
            and _same(row.sheet, self.sheet)
            and _same(row.cells.get(self.column, ""), self.value)
            for row in office.rows
        )


class EventAt(Frozen):
    """A meeting of this title stands at this time, with at least these people."""

    kind: Literal["event_at"] = "event_at"
    title: Word
    day: Day
    time: Time
    attendees: tuple[Word, ...] = ()

    def holds(self, office: Office, _initial: Office) -> bool:
        """Tell whether it holds in an office."""
        invited = {_plain(each) for each in self.attendees}
        return any(
            _same(event.title, self.title)
            and (event.day, event.time) == (self.day, self.time)
            and invited <= {_plain(each) for each in event.attendees}
            for event in office.events
        )


class EventMissing(Frozen):
    """No meeting of this title has these people."""

    kind: Literal["event_missing"] = "event_missing"
    title: Word
    attendees: tuple[Word, ...] = ()

    def holds(self, office: Office, _initial: Office) -> bool:
        """Tell whether it holds in an office."""
        invited = {_plain(each) for each in self.attendees}
        return not any(
            _same(event.title, self.title) and invited <= {_plain(each) for each in event.attendees}
            for event in office.events
        )


class _Spoken(Frozen):
    channel: Word
    text: tuple[Word, ...]

    def _posted(self, office: Office) -> bool:
        return any(
            post.author == "me"
            and _same(post.channel, self.channel)
            and _says(post.text, self.text)
            for post in office.posts
        )


class InChannel(_Spoken):
    """The agent posted in this channel what holds each of these words or phrases."""

    kind: Literal["in_channel"] = "in_channel"

    def holds(self, office: Office, _initial: Office) -> bool:
        """Tell whether it holds in an office."""
        return self._posted(office)


class NotInChannel(_Spoken):
    """The agent posted nothing in this channel that holds each of these words or phrases."""

    kind: Literal["not_in_channel"] = "not_in_channel"

    def holds(self, office: Office, _initial: Office) -> bool:
        """Tell whether it holds in an office."""
        return not self._posted(office)


class Unchanged(Frozen):
    """A table is as it was, but for what a task asks to change: a guard against collateral writes.

    Attributes:
        but: Ids that may change or go.
        adds: Records that may be new, at most.
    """

    kind: Literal["unchanged"] = "unchanged"
    table: Table
    but: tuple[Id, ...] = ()
    adds: NonNegativeInt = 0

    def holds(self, office: Office, initial: Office) -> bool:
        """Tell whether it holds in an office that was `initial` at first."""
        before, after = records(initial, self.table), records(office, self.table)
        kept = all(after.get(name) == before[name] for name in before if name not in self.but)
        return kept and sum(name not in before for name in after) <= self.adds


def _check(table: str, fields: Iterable[str]) -> None:
    known = _KINDS[table].model_fields
    strange = next((field for field in fields if field not in known), None)
    if strange is not None:
        raise ValueError(f"{table} have no field {strange}, but {', '.join(known)}")


def _plain(value: object) -> str:
    return " ".join(str(value).casefold().split())


def _same(found: object, asked: object) -> bool:
    return _plain(found) == _plain(asked)


def _fits(record: Record, fields: Mapping[str, str]) -> bool:
    return all(_same(getattr(record, field), value) for field, value in fields.items())


def _says(text: str, parts: Iterable[str]) -> bool:
    """Tell whether a text holds each part as whole words: `120` does not stand in `1200`."""
    plain = _plain(text)
    return all(re.search(rf"(?<!\w){re.escape(_plain(part))}(?!\w)", plain) for part in parts)
