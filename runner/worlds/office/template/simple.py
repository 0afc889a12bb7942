"""The control set: one step each, told whole. A harness in order solves nearly all of them."""

from runner.worlds.office import pool as words
from runner.worlds.office.assertion import (
    EventMissing,
    FieldEquals,
    InChannel,
    MessageSent,
    RecordExists,
)
from runner.worlds.office.draft import Draft
from runner.worlds.office.hands import Hands
from runner.worlds.office.template.template import Scene, Slots, Template


def _say(draft: Draft) -> Scene:
    channel, note = draft.one(words.CHANNELS), draft.one(words.NOTES)
    draft.post(channel, draft.one(words.NOTES, but=(note,)))
    goal = InChannel(channel=channel, text=(note,))
    return Scene({"note": note, "channel": channel}, (goal,), added={"posts": 1})


def _post(slots: Slots, hands: Hands) -> None:
    hands.write("chat_post", channel=slots["channel"], text=slots["note"])


def _write(draft: Draft) -> Scene:
    contact = draft.contact(draft.person(), draft.company(draft.firm()))
    topic, note = draft.one(words.TOPICS), draft.one(words.NOTES)
    return Scene(
        {"email": contact.email, "topic": topic, "note": note},
        (MessageSent(to=contact.email, subject=(topic,), body=(note,)),),
        added={"mails": 1},
    )


def _send(slots: Slots, hands: Hands) -> None:
    hands.write("mail_send", to=slots["email"], subject=slots["topic"], body=slots["note"])


def _stage(draft: Draft) -> Scene:
    deal = draft.deal(draft.company(draft.firm()), draft.one(words.TITLES))
    stage = draft.one(words.STAGES, but=(deal.stage,))
    return Scene(
        {"id": deal.id, "stage": stage},
        (FieldEquals(table="deals", id=deal.id, field="stage", value=stage),),
        changed={"deals": (deal.id,)},
    )


def _set_stage(slots: Slots, hands: Hands) -> None:
    hands.write("crm_update_deal", id=slots["id"], field="stage", value=slots["stage"])


def _priority(draft: Draft) -> Scene:
    ticket = draft.ticket(draft.company(draft.firm()), draft.one(words.ISSUES))
    priority = draft.one(words.PRIORITIES, but=(ticket.priority,))
    return Scene(
        {"id": ticket.id, "priority": priority},
        (FieldEquals(table="tickets", id=ticket.id, field="priority", value=priority),),
        changed={"tickets": (ticket.id,)},
    )


def _set_priority(slots: Slots, hands: Hands) -> None:
    hands.write("ticket_update", id=slots["id"], field="priority", value=slots["priority"])


def _meeting(draft: Draft) -> Scene:
    contact = draft.contact(draft.person(), draft.company(draft.firm()))
    event = draft.event(draft.one(words.MEETINGS), contact.email)
    return Scene(
        {"id": event.id, "title": event.title},
        (EventMissing(title=event.title, attendees=(contact.email,)),),
        changed={"events": (event.id,)},
    )


def _cancel(slots: Slots, hands: Hands) -> None:
    hands.write("calendar_cancel", id=slots["id"])


def _ticket(draft: Draft) -> Scene:
    company = draft.company(draft.firm())
    made = {"subject": draft.one(words.ISSUES), "priority": draft.one(words.PRIORITIES)}
    return Scene(
        {"id": company.id, **made},
        (RecordExists(table="tickets", fields={"company": company.id, **made}),),
        added={"tickets": 1},
    )


def _create(slots: Slots, hands: Hands) -> None:
    made = {"company": slots["id"], "subject": slots["subject"]}
    hands.write("ticket_create", **made, priority=slots["priority"])


SIMPLE = (
    Template(
        "simple_post",
        (
            'Post "{note}" in the {channel} channel.',
            'Tell the {channel} channel "{note}".',
            'Please post in the {channel} channel "{note}".',
        ),
        _say,
        _post,
    ),
    Template(
        "simple_mail",
        (
            "Mail {email}, subject {topic}: {note}.",
            "Please send {email} a {topic} mail: {note}.",
            "Send a mail to {email}. Subject {topic}, text {note}.",
        ),
        _write,
        _send,
    ),
    Template(
        "simple_deal",
        (
            "Set the deal {id} to stage {stage}.",
            "The deal {id} is now stage {stage}. Set it.",
            "Please change the deal {id}: stage {stage}.",
        ),
        _stage,
        _set_stage,
    ),
    Template(
        "simple_ticket",
        (
            "Set the ticket {id} to priority {priority}.",
            "The ticket {id} is now {priority}. Set the priority.",
            "Please change the ticket {id}: priority {priority}.",
        ),
        _priority,
        _set_priority,
    ),
    Template(
        "simple_cancel",
        (
            "Cancel the {title} {id}.",
            "Please cancel the {title} {id}.",
            "Cancel {id}, the {title}.",
        ),
        _meeting,
        _cancel,
    ),
    Template(
        "simple_create",
        (
            "Create a {subject} ticket for {id}, priority {priority}.",
            "Please create a {subject} ticket for {id} with priority {priority}.",
            "Create a ticket for {id}: {subject}, {priority}.",
        ),
        _ticket,
        _create,
    ),
)
