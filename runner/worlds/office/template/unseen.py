"""Held-out kinds: each asks for skills of the others in a combination that none of them has.

No model is trained on any of these, not even before its first turn.
"""

from runner.worlds.office import pool as words
from runner.worlds.office.assertion import EventAt, FieldEquals, RowUpdated
from runner.worlds.office.draft import Draft
from runner.worlds.office.hands import Hands
from runner.worlds.office.template import scenery, skill
from runner.worlds.office.template.template import Scene, Slots, Template


def _ticket_parent(draft: Draft) -> Scene:
    found, subject = scenery.family(draft), draft.one(words.ISSUES)
    if draft.chance(scenery.TRAP):
        draft.ticket(found.child, subject)
    ticket = scenery.ticket(draft, found.parent, subject)
    priority = draft.one(words.PRIORITIES, but=(ticket.priority,))
    return Scene(
        {"subject": subject, "company": found.child.name, "priority": priority},
        (FieldEquals(table="tickets", id=ticket.id, field="priority", value=priority),),
        changed={"tickets": (ticket.id,)},
    )


def _set_ticket_parent(slots: Slots, hands: Hands) -> None:
    ticket = skill.ticket(hands, slots["subject"], skill.parent(hands, slots["company"]))
    hands.write("ticket_update", id=ticket["id"], field="priority", value=slots["priority"])


def _ticket_policy(draft: Draft) -> Scene:
    company, subject = scenery.firm(draft), draft.one(words.ISSUES)
    ticket = scenery.ticket(draft, company, subject)
    priority = draft.one(words.PRIORITIES, but=(ticket.priority,))
    other, channel = draft.one(words.ISSUES, but=(subject,)), draft.one(words.CHANNELS)
    against = draft.one(words.PRIORITIES, but=(priority,))
    scenery.policy(draft, channel, {subject: priority, other: against})
    return Scene(
        {"subject": subject, "company": company.name, "channel": channel},
        (FieldEquals(table="tickets", id=ticket.id, field="priority", value=priority),),
        changed={"tickets": (ticket.id,)},
    )


def _set_ticket_policy(slots: Slots, hands: Hands) -> None:
    priority = skill.policy(hands, slots["channel"], slots["subject"])
    company = skill.company(hands, slots["company"])
    ticket = skill.ticket(hands, slots["subject"], company["id"])
    hands.write("ticket_update", id=ticket["id"], field="priority", value=priority)


def _event_parent(draft: Draft) -> Scene:
    found, title = scenery.family(draft), draft.one(words.MEETINGS)
    contact = scenery.in_role(draft, found.parent)
    if draft.chance(scenery.TRAP):
        draft.contact(draft.person(), found.child, role=contact.role)
    day, time = draft.one(words.DAYS), draft.one(words.TIMES)
    return Scene(
        {
            "title": title,
            "role": contact.role,
            "company": found.child.name,
            "day": day,
            "time": time,
        },
        (EventAt(title=title, attendees=(contact.email,), day=day, time=time),),
        added={"events": 1},
    )


def _create_parent(slots: Slots, hands: Hands) -> None:
    contact = skill.in_role(hands, slots["role"], skill.parent(hands, slots["company"]))
    hands.write(
        "calendar_create",
        title=slots["title"],
        day=slots["day"],
        time=slots["time"],
        attendees=[contact["email"]],
    )


def _deal_mailed(draft: Draft) -> Scene:
    company, title = scenery.firm(draft), draft.one(words.TITLES)
    deal = scenery.deal(draft, company, title)
    sender, topic = draft.contact(draft.person(), company).name, draft.one(words.TOPICS)
    stage = draft.one(words.STAGES, but=(deal.stage,))
    scenery.letters(draft, sender, topic, f"stage {stage}")
    return Scene(
        {"title": title, "company": company.name, "topic": topic, "person": sender},
        (FieldEquals(table="deals", id=deal.id, field="stage", value=stage),),
        changed={"deals": (deal.id,)},
    )


def _set_deal_mailed(slots: Slots, hands: Hands) -> None:
    stage = skill.letter(hands, slots["person"], slots["topic"])
    company = skill.company(hands, slots["company"])
    deal = skill.deal(hands, slots["title"], company["id"])
    hands.write("crm_update_deal", id=deal["id"], field="stage", value=stage)


def _sheet_policy(draft: Draft) -> Scene:
    company, sheet, year = scenery.firm(draft), draft.one(words.SHEETS), draft.one(words.YEARS)
    row = scenery.row(draft, company, sheet=sheet, year=year, amount=draft.one(words.AMOUNTS))
    channel = draft.one(words.CHANNELS)
    amount = draft.one(words.AMOUNTS, but=(row.cells["amount"],))
    against = draft.one(words.AMOUNTS, but=(amount,))
    other = draft.one(words.YEARS, but=(year,))
    scenery.policy(draft, channel, {year: amount, other: against})
    return Scene(
        {"year": year, "company": company.name, "sheet": sheet, "channel": channel},
        (RowUpdated(sheet=sheet, id=row.id, column="amount", value=amount),),
        changed={"rows": (row.id,)},
    )


def _set_sheet_policy(slots: Slots, hands: Hands) -> None:
    amount = skill.policy(hands, slots["channel"], slots["year"])
    row = skill.row(hands, slots["sheet"], slots["company"], slots["year"])
    hands.write("sheet_update", sheet=slots["sheet"], row=row["id"], column="amount", value=amount)


UNSEEN = (
    Template(
        "ticket_parent",
        (
            "Set the open {subject} ticket of the parent of {company} to priority {priority}.",
            (
                "The open {subject} ticket of the parent of {company} is now {priority}. Set "
                "the priority."
            ),
            (
                "Please change the open {subject} ticket of the parent of {company}: priority "
                "{priority}."
            ),
        ),
        _ticket_parent,
        _set_ticket_parent,
    ),
    Template(
        "ticket_policy",
        (
            (
                "Set the open {subject} ticket of {company} to the priority that the {channel} "
                "channel says."
            ),
            (
                "Read the {channel} channel. Set the priority of the open {subject} ticket of "
                "{company} as it says."
            ),
            (
                "Please set the priority of the open {subject} ticket of {company} as the "
                "{channel} channel says."
            ),
        ),
        _ticket_policy,
        _set_ticket_policy,
    ),
    Template(
        "event_parent",
        (
            "Set up a {title} with the {role} of the parent of {company} on {day} {time}.",
            "Please set up a {title} on {day} {time} with the {role} of the parent of {company}.",
            "Meet the {role} of the parent of {company} on {day} {time}: set up a {title}.",
        ),
        _event_parent,
        _create_parent,
    ),
    Template(
        "deal_mailed",
        (
            (
                "Read the {topic} mail from {person}. Set the {title} deal of {company} to the "
                "stage that it says."
            ),
            (
                "Set the stage of the {title} deal of {company} as the {topic} mail from "
                "{person} says."
            ),
            (
                "{person} sent a {topic} mail. Please set the stage of the {title} deal of "
                "{company} as it says."
            ),
        ),
        _deal_mailed,
        _set_deal_mailed,
    ),
    Template(
        "sheet_policy",
        (
            (
                "Set the {year} amount of {company} in the {sheet} sheet as the {channel} "
                "channel says."
            ),
            (
                "Read the {channel} channel. In the {sheet} sheet set the {year} amount of "
                "{company} as it says."
            ),
            (
                "Please set the {year} amount of {company} in the {sheet} sheet to the amount "
                "that the {channel} channel says."
            ),
        ),
        _sheet_policy,
        _set_sheet_policy,
    ),
)
