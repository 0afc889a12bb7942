"""Mail: an inbox to search, and what the agent sends."""

from typing import Any

from pydantic import Field

from runner.worlds.office.desk import Desk
from runner.worlds.office.state import Mail
from runner.worlds.office.tool.action import (
    Action,
    Arguments,
    Email,
    Name,
    Query,
    Said,
    done,
    flat,
    known,
    made,
)


class Search(Arguments):
    """What `mail_search` asks for."""

    query: Query = Field(description="text that sender, subject or body contains")


class Read(Arguments):
    """What `mail_read` asks for."""

    id: str = Field(description="id of a message")


class Send(Arguments):
    """What `mail_send` asks for."""

    to: Email = Field(description="one e-mail address")
    subject: Name
    body: Said


def _search(desk: Desk, asked: Search) -> object:
    query = asked.query.strip().casefold()
    return [
        flat(each, without=("folder", "to", "body"))
        for each in desk.mails
        if each.folder == "inbox"
        and any(query in text.casefold() for text in (each.sender, each.subject, each.body))
    ]


def _read(desk: Desk, asked: Read) -> object:
    return flat(known(desk.mails, asked.id, noun="message"), without=("folder",))


def _send(desk: Desk, asked: Send) -> object:
    values = {"id": desk.mails.next_id(), "folder": "sent", "sender": "me", **vars(asked)}
    mail = made(Mail, values)
    desk.mails.add(mail)
    return done(mail)


MAIL: tuple[Action[Any], ...] = (
    Action(
        "mail_search",
        "Find messages in the inbox whose sender, subject or body contains a text; without bodies.",
        Search,
        _search,
    ),
    Action("mail_read", "Read one message, whole.", Read, _read),
    Action("mail_send", "Send a message to one address.", Send, _send),
)
