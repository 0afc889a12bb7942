"""Tasks about meetings."""

from runner.worlds.office import pool as words
from runner.worlds.office.assertion import EventAt, EventMissing, FieldEquals, MessageSent
from runner.worlds.office.draft import Draft
from runner.worlds.office.hands import Hands
from runner.worlds.office.template import scenery, skill
from runner.worlds.office.template.template import Scene, Slots, Template


def _move(draft: Draft) -> Scene:
    contact = scenery.known(draft, scenery.firm(draft))
    title = draft.one(words.MEETINGS)
    event = scenery.meeting(draft, contact, title)
    day, time = draft.one(words.DAYS, but=(event.day,)), draft.one(words.TIMES, but=(event.time,))
    return Scene(
        {"title": title, "person": contact.name, "day": day, "time": time},
        (
            FieldEquals(table="events", id=event.id, field="day", value=day),
            FieldEquals(table="events", id=event.id, field="time", value=time),
        ),
        changed={"events": (event.id,)},
    )


def _set_time(slots: Slots, hands: Hands) -> None:
    contact = skill.person(hands, slots["person"])
    event = skill.meeting(hands, slots["title"], contact["email"])
    hands.write("calendar_move", id=event["id"], day=slots["day"], time=slots["time"])


def _policy(draft: Draft) -> Scene:
    contact = scenery.known(draft, scenery.firm(draft))
    title, channel = draft.one(words.MEETINGS), draft.one(words.CHANNELS)
    event = scenery.meeting(draft, contact, title)
    day = draft.one(words.DAYS, but=(event.day,))
    other = draft.one(words.MEETINGS, but=(title,))
    scenery.policy(draft, channel, {title: day, other: draft.one(words.DAYS, but=(day,))})
    return Scene(
        {"title": title, "person": contact.name, "channel": channel},
        (FieldEquals(table="events", id=event.id, field="day", value=day),),
        changed={"events": (event.id,)},
    )


def _set_policy(slots: Slots, hands: Hands) -> None:
    day = skill.policy(hands, slots["channel"], slots["title"])
    contact = skill.person(hands, slots["person"])
    event = skill.meeting(hands, slots["title"], contact["email"])
    hands.write("calendar_move", id=event["id"], day=day, time=event["time"])


def _cancel(draft: Draft) -> Scene:
    contact = scenery.known(draft, scenery.firm(draft))
    title, note = draft.one(words.MEETINGS), draft.one(words.NOTES)
    event = scenery.meeting(draft, contact, title)
    return Scene(
        {"title": title, "person": contact.name, "note": note},
        (
            EventMissing(title=title, attendees=(contact.email,)),
            MessageSent(to=contact.email, subject=(title,), body=(note,)),
        ),
        changed={"events": (event.id,)},
        added={"mails": 1},
    )


def _cancel_tell(slots: Slots, hands: Hands) -> None:
    contact = skill.person(hands, slots["person"])
    event = skill.meeting(hands, slots["title"], contact["email"])
    hands.write("calendar_cancel", id=event["id"])
    hands.write("mail_send", to=contact["email"], subject=slots["title"], body=slots["note"])


def _invite(draft: Draft) -> Scene:
    company = scenery.firm(draft)
    contact = scenery.person(draft, company)
    day, time = draft.one(words.DAYS), draft.one(words.TIMES)
    title = draft.one(words.MEETINGS)
    return Scene(
        {"title": title, "person": contact.name, "company": company.name, "day": day, "time": time},
        (EventAt(title=title, attendees=(contact.email,), day=day, time=time),),
        added={"events": 1},
    )


def _create(slots: Slots, hands: Hands) -> None:
    contact = skill.person_of(hands, slots["person"], slots["company"])
    hands.write(
        "calendar_create",
        title=slots["title"],
        day=slots["day"],
        time=slots["time"],
        attendees=[contact["email"]],
    )


MEETING = (
    Template(
        "event_move",
        (
            "Move the {title} with {person} to {day} {time}.",
            "The {title} with {person} is now on {day} {time}. Move it.",
            "Please move the {title} with {person}. It is now on {day} {time}.",
        ),
        _move,
        _set_time,
    ),
    Template(
        "event_policy",
        (
            "Move the {title} with {person} to the day that the {channel} channel says.",
            "Read the {channel} channel. Move the {title} with {person} to the day that it says.",
            "Please move the {title} with {person} as the {channel} channel says.",
        ),
        _policy,
        _set_policy,
    ),
    Template(
        "event_cancel",
        (
            "Cancel the {title} with {person}, and mail {person}, subject {title}: {note}.",
            "Please cancel the {title} with {person}. Send {person} a {title} mail: {note}.",
            "Send {person} a mail, subject {title}, text {note}. Cancel the {title} with {person}.",
        ),
        _cancel,
        _cancel_tell,
    ),
    Template(
        "event_create",
        (
            "Set up a {title} with {person} of {company} on {day} {time}.",
            "Please set up a {title} on {day} {time} with {person} of {company}.",
            "Meet {person} of {company} on {day} {time}: set up a {title}.",
        ),
        _invite,
        _create,
    ),
)
