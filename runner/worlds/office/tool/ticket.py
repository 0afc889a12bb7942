"""Tickets of the support desk."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from runner.worlds.office.desk import Desk
from runner.worlds.office.state import Ticket
from runner.worlds.office.tool.action import (
    Action,
    Arguments,
    Name,
    changed,
    done,
    flat,
    known,
    made,
    missing,
)

CompanyId = Annotated[str, Field(description="id of a company")]


class Find(Arguments):
    """What `ticket_find` asks for."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    company: str | None = Field(default=None, description="id of a company")
    status: Name | None = Field(default=None, description="such as open")


class Update(Arguments):
    """What `ticket_update` asks for."""

    id: str = Field(description="id of a ticket")
    field: Literal["subject", "status", "priority", "assignee"]
    value: Name


class Create(Arguments):
    """What `ticket_create` asks for."""

    company: CompanyId
    subject: Name
    priority: Name = Field(description="such as normal")


def _find(desk: Desk, asked: Find) -> object:
    if asked.company is None and asked.status is None:
        missing("company", "status")
    if asked.company is not None:
        known(desk.companies, asked.company, noun="company")
    status = None if asked.status is None else asked.status.strip().casefold()
    return [
        flat(each)
        for each in desk.tickets
        if asked.company in {None, each.company} and status in {None, each.status.casefold()}
    ]


def _update(desk: Desk, asked: Update) -> object:
    ticket = changed(known(desk.tickets, asked.id, noun="ticket"), asked.field, asked.value)
    desk.tickets.put(ticket)
    return done(ticket)


def _create(desk: Desk, asked: Create) -> object:
    known(desk.companies, asked.company, noun="company")
    ticket = made(Ticket, {"id": desk.tickets.next_id(), **vars(asked)})
    desk.tickets.add(ticket)
    return done(ticket)


TICKET: tuple[Action[Any], ...] = (
    Action("ticket_find", "Find tickets by company, by status, or both.", Find, _find),
    Action("ticket_update", "Change one field of a ticket.", Update, _update),
    Action("ticket_create", "Open a ticket for a company.", Create, _create),
)
