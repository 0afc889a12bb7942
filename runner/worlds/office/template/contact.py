"""Tasks about people: their records, and mail to them."""

from runner.worlds.office import pool as words
from runner.worlds.office.assertion import (
    FieldEquals,
    MessageNotSent,
    MessageSent,
    RecordExists,
    RecordMissing,
)
from runner.worlds.office.draft import Draft, address
from runner.worlds.office.hands import Hands
from runner.worlds.office.state import Company, Contact
from runner.worlds.office.template import scenery, skill
from runner.worlds.office.template.template import Scene, Slots, Template


def _role(draft: Draft) -> Scene:
    company, old = scenery.firm(draft), draft.one(words.ROLES)
    contact = scenery.person(draft, company, role=old)
    role = draft.one(words.ROLES, but=(old,))
    return Scene(
        {"person": contact.name, "company": company.name, "role": role},
        (FieldEquals(table="contacts", id=contact.id, field="role", value=role),),
        changed={"contacts": (contact.id,)},
    )


def _set_role(slots: Slots, hands: Hands) -> None:
    contact = skill.person_of(hands, slots["person"], slots["company"])
    hands.write("crm_update_contact", id=contact["id"], field="role", value=slots["role"])


def _news(draft: Draft) -> Scene:
    old = draft.one(words.ROLES)
    contact = scenery.known(draft, scenery.firm(draft), role=old)
    role = draft.one(words.ROLES, but=(old,))
    topic = draft.one(words.TOPICS)
    scenery.letters(draft, contact.name, topic, f"my new role is {role}")
    return Scene(
        {"person": contact.name, "topic": topic},
        (FieldEquals(table="contacts", id=contact.id, field="role", value=role),),
        changed={"contacts": (contact.id,)},
    )


def _set_news(slots: Slots, hands: Hands) -> None:
    role = skill.letter(hands, slots["person"], slots["topic"])
    contact = skill.person(hands, slots["person"])
    hands.write("crm_update_contact", id=contact["id"], field="role", value=role)


def _add(draft: Draft) -> Scene:
    company = scenery.firm(draft)
    draft.contact(draft.person(), company)
    name, role = draft.person(), draft.one(words.ROLES)
    email = address(name, company.name)
    made = {"name": name, "email": email}
    return Scene(
        {"person": name, "company": company.name, "role": role, "email": email},
        (
            RecordExists(table="contacts", fields={**made, "company": company.id}),
            RecordExists(table="contacts", fields={**made, "role": role}),
        ),
        added={"contacts": 1},
    )


def _create(slots: Slots, hands: Hands) -> None:
    company = skill.company(hands, slots["company"])
    made = {"name": slots["person"], "company": company["id"]}
    hands.write("crm_create_contact", **made, email=slots["email"], role=slots["role"])


def letter(draft: Draft, contact: Contact, **slots: str) -> Scene:
    """Ask for one mail to somebody, and for none to another record of theirs."""
    topic, note = draft.one(words.TOPICS), draft.one(words.NOTES)
    stale = address(contact.name, "mail")
    return Scene(
        {**slots, "topic": topic, "note": note},
        (
            MessageSent(to=contact.email, subject=(topic,), body=(note,)),
            MessageNotSent(to=stale),
        ),
        added={"mails": 1},
    )


def _mail(draft: Draft) -> Scene:
    company = scenery.firm(draft)
    contact = scenery.person(draft, company)
    return letter(draft, contact, person=contact.name, company=company.name)


def _send(slots: Slots, hands: Hands) -> None:
    contact = skill.person_of(hands, slots["person"], slots["company"])
    hands.write("mail_send", to=contact["email"], subject=slots["topic"], body=slots["note"])


def _parent(draft: Draft) -> Scene:
    found = scenery.family(draft)
    contact = scenery.in_role(draft, found.parent)
    _colleague(draft, found.child, contact.role)
    return letter(draft, contact, role=contact.role, company=found.child.name)


def _colleague(draft: Draft, company: Company, role: str) -> None:
    if draft.chance(scenery.TRAP):
        draft.contact(draft.person(), company, role=role)


def _send_parent(slots: Slots, hands: Hands) -> None:
    contact = skill.in_role(hands, slots["role"], skill.parent(hands, slots["company"]))
    hands.write("mail_send", to=contact["email"], subject=slots["topic"], body=slots["note"])


def _leave(draft: Draft) -> Scene:
    company = scenery.firm(draft)
    gone = scenery.person(draft, company)
    name, role = draft.person(), draft.one(words.ROLES)
    email = address(name, company.name)
    made = {"name": name, "company": company.id, "email": email}
    return Scene(
        {
            "person": gone.name,
            "company": company.name,
            "person2": name,
            "email": email,
            "role": role,
        },
        (
            FieldEquals(table="contacts", id=gone.id, field="status", value="left"),
            RecordExists(table="contacts", fields=made),
            RecordMissing(table="contacts", fields={"name": name, "status": "left"}),
        ),
        changed={"contacts": (gone.id,)},
        added={"contacts": 1},
    )


def _replace(slots: Slots, hands: Hands) -> None:
    gone = skill.person_of(hands, slots["person"], slots["company"])
    hands.write("crm_update_contact", id=gone["id"], field="status", value="left")
    made = {"name": slots["person2"], "company": gone["company"]}
    hands.write("crm_create_contact", **made, email=slots["email"], role=slots["role"])


CONTACT = (
    Template(
        "contact_role",
        (
            "Set the role of {person} of {company} to {role}.",
            "{person} of {company} is now {role}. Set the role.",
            "Please change the role of {person} of {company}. It is now {role}.",
        ),
        _role,
        _set_role,
    ),
    Template(
        "contact_news",
        (
            "Read the {topic} mail from {person}. Set the role as it says.",
            "Set the role of {person} as the {topic} mail from {person} says.",
            "{person} sent a {topic} mail. Please set the role as it says.",
        ),
        _news,
        _set_news,
    ),
    Template(
        "contact_add",
        (
            "Add {person} to {company} as {role}, address {email}.",
            "{person} joins {company} as {role}. Please add the contact, address {email}.",
            "Please add the contact {email}, {person}, {role} of {company}.",
        ),
        _add,
        _create,
    ),
    Template(
        "contact_replace",
        (
            (
                "{person} has left {company}. Set the status, and add {person2} as {role}, "
                "address {email}."
            ),
            "Set {person} of {company} to left. Add {person2} as {role}, address {email}.",
            (
                "At {company} {person2} follows {person}, who has left. Add the contact as "
                "{role}, address {email}."
            ),
        ),
        _leave,
        _replace,
    ),
    Template(
        "mail_person",
        (
            "Mail {person} of {company}, subject {topic}: {note}.",
            "Please send {person} of {company} a {topic} mail: {note}.",
            "Send a mail to {person} of {company}. Subject {topic}, text {note}.",
        ),
        _mail,
        _send,
    ),
    Template(
        "mail_parent",
        (
            "Mail the {role} of the parent of {company}, subject {topic}: {note}.",
            "Please send the {role} of the parent of {company} a {topic} mail: {note}.",
            "Send a mail to the {role} of the parent of {company}. Subject {topic}, text {note}.",
        ),
        _parent,
        _send_parent,
    ),
)
