"""What each tool finds and changes."""

import json

import pytest

from runner.worlds.office.world import OfficeWorld
from tests.worlds.office_world import OFFICE, ask, refused


@pytest.fixture
def world() -> OfficeWorld:
    return OfficeWorld(OFFICE)


def test_a_find_by_name_shows_near_duplicates_in_any_case(world: OfficeWorld) -> None:
    assert ask(world, "crm_find_companies", name="ARDENT") == [
        {"id": "A1", "name": "Ardent Ltd", "parent": "A2", "tier": "gold"},
        {"id": "A2", "name": "Ardent Holdings"},
    ]
    assert ask(world, "crm_find_companies", name="ltd ardent")[0]["id"] == "A1"
    assert [each["id"] for each in ask(world, "crm_find_contacts", name="Ann Lee")] == ["C1", "C2"]
    assert ask(world, "crm_find_contacts", name="ann", company="A2") == [
        {
            "id": "C2",
            "name": "Ann Leeson",
            "company": "A2",
            "email": "leeson@ardent.example",
            "status": "active",
        }
    ]
    assert ask(world, "crm_find_companies", name="Borel") == []


def test_a_company_is_read_without_its_empty_fields(world: OfficeWorld) -> None:
    assert ask(world, "crm_get_company", id="A2") == {"id": "A2", "name": "Ardent Holdings"}


def test_a_contact_is_changed_field_by_field(world: OfficeWorld) -> None:
    told = ask(world, "crm_update_contact", id="C1", field="company", value="A2")

    assert told == {"ok": True, "id": "C1"}
    assert world.state.contacts[0].company == "A2"
    assert world.state.contacts[1:] == OFFICE.contacts[1:]


def test_a_new_contact_gets_the_next_id(world: OfficeWorld) -> None:
    told = ask(world, "crm_create_contact", name="Bo Ray", company="A1", email="bo@a.example")

    assert told == {"ok": True, "id": "C3"}
    assert world.state.contacts[-1].model_dump() == {
        "id": "C3",
        "name": "Bo Ray",
        "company": "A1",
        "email": "bo@a.example",
        "role": "",
        "status": "active",
    }


def test_deals_are_found_by_company_and_changed(world: OfficeWorld) -> None:
    assert ask(world, "crm_find_deals", company="A1")[0]["amount"] == 500
    assert ask(world, "crm_find_deals", company="A2") == []

    ask(world, "crm_update_deal", id="D1", field="amount", value=750)
    ask(world, "crm_update_deal", id="D1", field="stage", value="won")

    assert (world.state.deals[0].amount, world.state.deals[0].stage) == (750, "won")


def test_mail_is_searched_in_the_inbox_alone_and_without_bodies(world: OfficeWorld) -> None:
    found = ask(world, "mail_search", query="bo ray")

    assert found == [{"id": "M1", "sender": "ann@ardent.example", "subject": "New buyer"}]
    assert ask(world, "mail_search", query="BUYER") == found
    assert ask(world, "mail_read", id="M1")["body"] == "Bo Ray takes over."
    assert ask(world, "mail_read", id="M7")["to"] == "x@y.example"


def test_a_sent_message_is_in_the_sent_folder(world: OfficeWorld) -> None:
    assert ask(world, "mail_send", to="a@b.example", subject="Hi", body="There")["id"] == "M8"

    sent = world.state.mails[-1]
    assert (sent.folder, sent.sender, sent.to, sent.body) == ("sent", "me", "a@b.example", "There")


def test_rows_are_found_changed_and_appended(world: OfficeWorld) -> None:
    assert ask(world, "sheet_find", sheet="Leads", column="company", value="ardent") == [
        {"id": "R1", "company": "Ardent Ltd"}
    ]

    ask(world, "sheet_update", sheet="Leads", row="R1", column="owner", value="Bo")
    told = ask(world, "sheet_append", sheet="Leads", cells={"company": "Borel"})

    assert told["id"] == "R3"
    assert world.state.rows[0].cells == {"company": "Ardent Ltd", "owner": "Bo"}
    assert world.state.rows[2].cells == {"company": "Borel"}


def test_meetings_are_found_by_day_and_attendee(world: OfficeWorld) -> None:
    assert ask(world, "calendar_find", day="Friday") == [
        {"id": "E2", "title": "Lunch", "day": "Friday", "time": "12:00"}
    ]
    assert [each["id"] for each in ask(world, "calendar_find", attendee="ANN@")] == ["E1"]
    assert ask(world, "calendar_find", day="Friday", attendee="ann") == []


def test_a_cancelled_meeting_leaves_its_id_to_nobody(world: OfficeWorld) -> None:
    ask(world, "calendar_cancel", id="E2")
    told = ask(world, "calendar_create", title="Tea", day="Friday", time="15:00", attendees=[])
    ask(world, "calendar_move", id="E1", day="Tuesday", time="10:00")

    assert told["id"] == "E3"
    assert [each.id for each in world.state.events] == ["E1", "E3"]
    assert (world.state.events[0].day, world.state.events[0].time) == ("Tuesday", "10:00")


def test_tickets_are_found_changed_and_opened(world: OfficeWorld) -> None:
    assert [each["id"] for each in ask(world, "ticket_find", company="A1", status="Open")] == ["T1"]

    ask(world, "ticket_update", id="T1", field="status", value="closed")
    told = ask(world, "ticket_create", company="A2", subject="Dark", priority="high")

    assert told["id"] == "T2"
    assert [each["id"] for each in ask(world, "ticket_find", status="open")] == ["T2"]


def test_a_channel_is_read_and_written_to(world: OfficeWorld) -> None:
    ask(world, "chat_post", channel="sales", text="On it")

    assert ask(world, "chat_read", channel="sales") == [
        {"id": "P1", "author": "Bo", "text": "Morning"},
        {"id": "P2", "author": "me", "text": "On it"},
    ]


REFUSED = [
    ("crm_find_companies", {"name": "  "}, 'name: expected some text, got "  "'),
    ("crm_find_contacts", {}, "nothing to look for; give name or company"),
    ("calendar_find", {"day": None}, "nothing to look for; give day or attendee"),
    ("ticket_find", {}, "nothing to look for; give company or status"),
    (
        "crm_update_contact",
        {"id": "C1", "field": "emial", "value": "x"},
        (
            'field: expected one of name, company, email, role, status, got "emial"; '
            'did you mean "email"?'
        ),
    ),
    (
        "crm_update_contact",
        {"id": "C1", "field": "email", "value": "bo"},
        'value: expected one e-mail address, got "bo"',
    ),
    (
        "crm_update_contact",
        {"id": "C1", "field": "company", "value": "Ardent"},
        'there is no company with the id "Ardent"; find its id first',
    ),
    (
        "crm_update_deal",
        {"id": "D1", "field": "amount", "value": "750"},
        'amount: expected an integer, got "750"',
    ),
    (
        "crm_update_deal",
        {"id": "D1", "field": "stage", "value": 3},
        "value: expected a string, got 3; put it in quotes",
    ),
    (
        "crm_update_deal",
        {"id": "D1", "field": "company", "value": 3},
        "company: expected a string, got 3; put it in quotes",
    ),
    (
        "mail_send",
        {"to": "a@b.example, c@d.example", "subject": "x", "body": "y"},
        'to: expected one e-mail address, got "a@b.example, c@d.example"',
    ),
    (
        "sheet_find",
        {"sheet": "leads", "column": "company", "value": "x"},
        'there is no sheet "leads"; did you mean "Leads"?',
    ),
    (
        "sheet_update",
        {"sheet": "Leads", "row": "R2", "column": "owner", "value": "x"},
        'row R2 is in the sheet "Rooms", not in "Leads"',
    ),
    (
        "sheet_append",
        {"sheet": "Leads", "cells": {"fax": "1"}},
        'there is no column "fax"; known: company, owner',
    ),
    (
        "calendar_move",
        {"id": "E1", "day": "Friday", "time": "9:00"},
        'time: expected hours and minutes, such as 09:30, got "9:00"',
    ),
    (
        "calendar_create",
        {"title": "x", "day": "Friday", "time": "09:00", "attendees": ["a@b.c", "a@b.c"]},
        "attendees: a@b.c is named twice",
    ),
    (
        "chat_post",
        {"channel": "#sales", "text": "x"},
        'there is no channel "#sales"; did you mean "sales"?',
    ),
    ("calendar_cancel", {"id": "M1"}, 'there is no meeting with the id "M1"; find its id first'),
]


@pytest.mark.parametrize(
    ("tool", "arguments", "why"), REFUSED, ids=[f"{name} {why}" for name, _, why in REFUSED]
)
def test_what_cannot_be_done_is_refused_with_what_would_be_right(
    world: OfficeWorld, tool: str, arguments: dict[str, object], why: str
) -> None:
    assert refused(world.call(tool, json.dumps(arguments))) == why
    assert world.state == OFFICE
