"""The calendar of one week."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from runner.worlds.office.desk import Desk
from runner.worlds.office.state import Day, Event, Time
from runner.worlds.office.tool.action import (
    Action,
    Arguments,
    Email,
    Name,
    Query,
    RefusedError,
    changed,
    done,
    flat,
    known,
    made,
    missing,
)

Attendees = Annotated[list[Email], Field(max_length=50, description="e-mail addresses")]
Clock = Annotated[Time, Field(description="hours and minutes, such as 09:30")]


class Find(Arguments):
    """What `calendar_find` asks for."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    day: Day | None = None
    attendee: Query | None = Field(default=None, description="e-mail address, or a part of it")


class Create(Arguments):
    """What `calendar_create` asks for."""

    title: Name
    day: Day
    time: Clock
    attendees: Attendees


class Move(Arguments):
    """What `calendar_move` asks for."""

    id: str = Field(description="id of a meeting")
    day: Day
    time: Clock


class Cancel(Arguments):
    """What `calendar_cancel` asks for."""

    id: str = Field(description="id of a meeting")


def _find(desk: Desk, asked: Find) -> object:
    if asked.day is None and asked.attendee is None:
        missing("day", "attendee")
    part = (asked.attendee or "").strip().casefold()
    return [
        flat(each)
        for each in desk.events
        if asked.day in {None, each.day}
        and (not part or any(part in who.casefold() for who in each.attendees))
    ]


def _create(desk: Desk, asked: Create) -> object:
    twice = {who for who in asked.attendees if asked.attendees.count(who) > 1}
    if twice:
        raise RefusedError(f"attendees: {min(twice)} is named twice")
    values = {**vars(asked), "id": desk.events.next_id(), "attendees": tuple(asked.attendees)}
    event = made(Event, values)
    desk.events.add(event)
    return done(event)


def _move(desk: Desk, asked: Move) -> object:
    event = known(desk.events, asked.id, noun="meeting")
    after = changed(changed(event, "day", asked.day), "time", asked.time)
    desk.events.put(after)
    return done(after)


def _cancel(desk: Desk, asked: Cancel) -> object:
    event = known(desk.events, asked.id, noun="meeting")
    desk.events.remove(event.id)
    return done(event)


CALENDAR: tuple[Action[Any], ...] = (
    Action("calendar_find", "Find meetings by day, by attendee, or both.", Find, _find),
    Action("calendar_create", "Add a meeting.", Create, _create),
    Action("calendar_move", "Move a meeting to another day or time.", Move, _move),
    Action("calendar_cancel", "Cancel a meeting.", Cancel, _cancel),
)
