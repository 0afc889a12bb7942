"""Tasks about tickets."""

from runner.worlds.office import pool as words
from runner.worlds.office.assertion import (
    FieldEquals,
    InChannel,
    RecordExists,
    RecordMissing,
)
from runner.worlds.office.draft import Draft
from runner.worlds.office.hands import Hands
from runner.worlds.office.template import scenery, skill
from runner.worlds.office.template.template import Scene, Slots, Template


def _priority(draft: Draft) -> Scene:
    company, subject = scenery.firm(draft), draft.one(words.ISSUES)
    ticket = scenery.ticket(draft, company, subject)
    priority = draft.one(words.PRIORITIES, but=(ticket.priority,))
    channel, note = draft.one(words.CHANNELS), draft.one(words.NOTES)
    draft.post(channel, draft.one(words.NOTES, but=(note,)))
    return Scene(
        {
            "subject": subject,
            "company": company.name,
            "priority": priority,
            "channel": channel,
            "note": note,
        },
        (
            FieldEquals(table="tickets", id=ticket.id, field="priority", value=priority),
            InChannel(channel=channel, text=(note,)),
        ),
        changed={"tickets": (ticket.id,)},
        added={"posts": 1},
    )


def _set_priority(slots: Slots, hands: Hands) -> None:
    company = skill.company(hands, slots["company"])
    ticket = skill.ticket(hands, slots["subject"], company["id"])
    hands.write("ticket_update", id=ticket["id"], field="priority", value=slots["priority"])
    hands.write("chat_post", channel=slots["channel"], text=slots["note"])


def _mailed(draft: Draft) -> Scene:
    company = scenery.firm(draft)
    sender = draft.contact(draft.person(), company).name
    subject, topic = draft.one(words.ISSUES), draft.one(words.TOPICS)
    priority = draft.one(words.PRIORITIES)
    scenery.letters(draft, sender, topic, f"priority {priority}")
    made = {"company": company.id, "subject": subject}
    if draft.chance(scenery.TRAP):
        draft.ticket(company, draft.one(words.ISSUES, but=(subject,)))
    slots = {"subject": subject, "company": company.name, "topic": topic, "person": sender}
    return Scene(
        slots,
        (
            RecordExists(table="tickets", fields=made),
            RecordExists(table="tickets", fields={**made, "priority": priority}),
            RecordMissing(table="tickets", fields={**made, "status": "closed"}),
        ),
        added={"tickets": 1},
    )


def _open(slots: Slots, hands: Hands) -> None:
    priority = skill.letter(hands, slots["person"], slots["topic"])
    company = skill.company(hands, slots["company"])
    made = {"company": company["id"], "subject": slots["subject"]}
    hands.write("ticket_create", **made, priority=priority)


def _owner(draft: Draft) -> Scene:
    tier, other = draft.rng.sample(words.TIERS, k=2)
    company, subject = scenery.firm(draft, tier=tier), draft.one(words.ISSUES)
    ticket = scenery.ticket(draft, company, subject)
    owner, channel = draft.person(), draft.one(words.CHANNELS)
    scenery.policy(draft, channel, {tier: owner, other: draft.person()})
    return Scene(
        {"subject": subject, "company": company.name, "channel": channel},
        (FieldEquals(table="tickets", id=ticket.id, field="assignee", value=owner),),
        changed={"tickets": (ticket.id,)},
    )


def _set_owner(slots: Slots, hands: Hands) -> None:
    said = hands.find("chat_read", channel=slots["channel"])
    company = skill.company(hands, slots["company"])
    owner = skill.rule(hands, said, str(company.get("tier", "")))
    ticket = skill.ticket(hands, slots["subject"], company["id"])
    hands.write("ticket_update", id=ticket["id"], field="assignee", value=owner)


def _done(draft: Draft) -> Scene:
    company, subject = scenery.firm(draft), draft.one(words.ISSUES)
    ticket = scenery.ticket(draft, company, subject)
    return Scene(
        {"subject": subject, "company": company.name},
        (FieldEquals(table="tickets", id=ticket.id, field="status", value="closed"),),
        changed={"tickets": (ticket.id,)},
    )


def _close(slots: Slots, hands: Hands) -> None:
    company = skill.company(hands, slots["company"])
    ticket = skill.ticket(hands, slots["subject"], company["id"])
    hands.write("ticket_update", id=ticket["id"], field="status", value="closed")


TICKET = (
    Template(
        "ticket_close",
        (
            "Set the open {subject} ticket of {company} to closed.",
            "The open {subject} ticket of {company} is now closed. Set the status.",
            "Please change the open {subject} ticket of {company}: closed.",
        ),
        _done,
        _close,
    ),
    Template(
        "ticket_priority",
        (
            (
                "Set the open {subject} ticket of {company} to priority {priority}, and post "
                '"{note}" in the {channel} channel.'
            ),
            (
                "The open {subject} ticket of {company} is now {priority}. Set the priority. "
                'Tell the {channel} channel "{note}".'
            ),
            (
                "Please change the open {subject} ticket of {company}: priority {priority}. "
                'Post in the {channel} channel "{note}".'
            ),
        ),
        _priority,
        _set_priority,
    ),
    Template(
        "ticket_mailed",
        (
            (
                "Read the {topic} mail from {person}. Create a {subject} ticket for {company} "
                "with the priority that it says."
            ),
            (
                "Create a {subject} ticket for {company}, priority as the {topic} mail from "
                "{person} says."
            ),
            (
                "{person} sent a {topic} mail. Please create a {subject} ticket for {company} "
                "with the priority that it says."
            ),
        ),
        _mailed,
        _open,
    ),
    Template(
        "ticket_owner",
        (
            (
                "Assign the open {subject} ticket of {company} as the {channel} channel says "
                "for its tier."
            ),
            (
                "Read the {channel} channel. Assign the open {subject} ticket of {company} as "
                "it says for its tier."
            ),
            (
                "Please assign the open {subject} ticket of {company} by its tier, as the "
                "{channel} channel says."
            ),
        ),
        _owner,
        _set_owner,
    ),
)
