"""An office that the tests of the world act in."""

import json
from typing import Any

from runner.core.world import Observation
from runner.worlds.office.state import (
    Company,
    Contact,
    Deal,
    Event,
    Mail,
    Office,
    Post,
    Row,
    Ticket,
)
from runner.worlds.office.world import OfficeWorld

OFFICE = Office(
    companies=(
        Company(id="A1", name="Ardent Ltd", parent="A2", tier="gold"),
        Company(id="A2", name="Ardent Holdings"),
    ),
    contacts=(
        Contact(id="C1", name="Ann Lee", company="A1", email="ann@ardent.example", role="buyer"),
        Contact(id="C2", name="Ann Leeson", company="A2", email="leeson@ardent.example"),
    ),
    deals=(Deal(id="D1", company="A1", title="Renewal", stage="open", amount=500),),
    mails=(
        Mail(
            id="M1",
            folder="inbox",
            sender="ann@ardent.example",
            to="me",
            subject="New buyer",
            body="Bo Ray takes over.",
        ),
        Mail(id="M7", folder="sent", sender="me", to="x@y.example", subject="Buyer", body="Yes."),
    ),
    rows=(
        Row(id="R1", sheet="Leads", cells={"company": "Ardent Ltd", "owner": ""}),
        Row(id="R2", sheet="Rooms", cells={"room": "Blue"}),
    ),
    events=(
        Event(id="E1", title="Review", day="Monday", time="09:30", attendees=("ann@a.example",)),
        Event(id="E2", title="Lunch", day="Friday", time="12:00"),
    ),
    tickets=(Ticket(id="T1", company="A1", subject="Broken lamp", assignee="Bo"),),
    posts=(Post(id="P1", channel="sales", author="Bo", text="Morning"),),
)


def ask(world: OfficeWorld, tool: str, /, **arguments: object) -> Any:  # noqa: ANN401 - JSON
    """Return what a call that is carried out is answered, as a JSON value."""
    seen = world.call(tool, json.dumps(arguments))
    assert seen.ok, seen.text
    return json.loads(seen.text)


def refused(seen: Observation) -> str:
    """Return why a call was refused."""
    assert not seen.ok, seen.text
    found = json.loads(seen.text)
    assert list(found) == ["error"]
    return str(found["error"])
