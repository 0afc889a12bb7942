"""Pieces of worlds: what is asked for, and beside it what is easily taken for it."""

from dataclasses import dataclass

from runner.worlds.office import pool as words
from runner.worlds.office.draft import Draft, address
from runner.worlds.office.state import Company, Contact, Deal, Event, Row, Ticket

TRAP = 0.6
"""How often a trap is laid, so that tasks of a kind differ in difficulty."""


@dataclass(frozen=True, slots=True)
class Family:
    """A company and the one that it belongs to."""

    child: Company
    parent: Company


def firm(draft: Draft, **fields: str) -> Company:
    """Add a company, and maybe one whose name begins with its name."""
    name = draft.firm()
    if draft.chance(TRAP):
        others = {"tier": draft.one(words.TIERS, but=(fields["tier"],))} if "tier" in fields else {}
        draft.company(f"{name} {draft.one(words.BRANCHES)}", **others)
    return draft.company(name, **fields)


def family(draft: Draft) -> Family:
    """Add a company with a parent; the parent's name is told nowhere else."""
    parent = draft.company(draft.firm())
    return Family(firm(draft, parent=parent.id), parent)


def person(draft: Draft, company: Company, **fields: str) -> Contact:
    """Add somebody, and maybe a namesake elsewhere or a record of theirs that is out of date."""
    name = draft.person()
    if draft.chance(TRAP):
        draft.contact(name, draft.company(draft.firm()), **fields)
    if draft.chance(TRAP):
        draft.contact(name, company, **_stale(name, fields))
    return draft.contact(name, company, **fields)


def known(draft: Draft, company: Company, **fields: str) -> Contact:
    """Add somebody whom the name alone tells, but for a record that is out of date."""
    name = draft.person()
    if draft.chance(TRAP):
        draft.contact(name, company, **_stale(name, fields))
    return draft.contact(name, company, **fields)


def in_role(draft: Draft, company: Company) -> Contact:
    """Add somebody whom the role tells: a colleague has another, and maybe one who left had it."""
    role = draft.one(words.ROLES)
    draft.contact(draft.person(), company, role=draft.one(words.ROLES, but=(role,)))
    if draft.chance(TRAP):
        draft.contact(draft.person(), company, role=role, status="left")
    return draft.contact(draft.person(), company, role=role)


def deal(draft: Draft, company: Company, title: str) -> Deal:
    """Add a deal, and maybe another of the same company."""
    if draft.chance(TRAP):
        draft.deal(company, draft.one(words.TITLES, but=(title,)))
    return draft.deal(company, title)


def ticket(draft: Draft, company: Company, subject: str, priority: str = "normal") -> Ticket:
    """Add an open ticket, and maybe a closed one of its subject or an open one of another."""
    if draft.chance(TRAP):
        draft.ticket(company, subject, status="closed", priority=priority)
    if draft.chance(TRAP):
        draft.ticket(company, draft.one(words.ISSUES, but=(subject,)), priority=priority)
    return draft.ticket(company, subject, priority=priority)


def row(draft: Draft, company: Company, *, sheet: str, year: str, **cells: str) -> Row:
    """Add a company's row of a year, and maybe that of another year."""
    if draft.chance(TRAP):
        other = draft.one(words.YEARS, but=(year,))
        draft.row(sheet, company=company.name, year=other, **cells)
    return draft.row(sheet, company=company.name, year=year, **cells)


def meeting(draft: Draft, contact: Contact, title: str) -> Event:
    """Add a meeting with somebody, and maybe another with them."""
    if draft.chance(TRAP):
        draft.event(draft.one(words.MEETINGS, but=(title,)), contact.email)
    return draft.event(title, contact.email)


def policy(draft: Draft, channel: str, rules: dict[str, str]) -> None:
    """Let somebody say in a channel what goes for what, one rule each, in any order."""
    for key in draft.rng.sample(list(rules), k=len(rules)):
        draft.post(channel, f"{key}: {rules[key]}")


def letters(draft: Draft, sender: str, topic: str, body: str) -> None:
    """Add a message, and maybe one of the same sender about something else."""
    if draft.chance(TRAP):
        draft.mail(sender, draft.one(words.TOPICS, but=(topic,)), draft.one(words.NOTES))
    draft.mail(sender, topic, body)


def _stale(name: str, fields: dict[str, str]) -> dict[str, str]:
    return {**fields, "status": "left", "email": address(name, "mail")}
