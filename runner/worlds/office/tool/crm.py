"""Companies, contacts and deals."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from runner.worlds.office.desk import Desk
from runner.worlds.office.state import Contact
from runner.worlds.office.tool.action import (
    Action,
    Arguments,
    Email,
    Name,
    Query,
    Value,
    changed,
    done,
    flat,
    holds,
    known,
    made,
    missing,
    read,
)

CompanyId = Annotated[str, Field(description="id of a company")]


class FindCompanies(Arguments):
    """What `crm_find_companies` asks for."""

    name: Query = Field(description="words of the name")


class GetCompany(Arguments):
    """What `crm_get_company` asks for."""

    id: CompanyId


class FindContacts(Arguments):
    """What `crm_find_contacts` asks for."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    name: Query | None = Field(default=None, description="words of the name")
    company: str | None = Field(default=None, description="id of a company")


class UpdateContact(Arguments):
    """What `crm_update_contact` asks for."""

    id: str = Field(description="id of a contact")
    field: Literal["name", "company", "email", "role", "status"]
    value: Value = Field(description="new value; for company, an id")


class CreateContact(Arguments):
    """What `crm_create_contact` asks for."""

    name: Name
    company: CompanyId
    email: Email
    role: Value = ""


class FindDeals(Arguments):
    """What `crm_find_deals` asks for."""

    company: CompanyId


class UpdateDeal(Arguments):
    """What `crm_update_deal` asks for."""

    id: str = Field(description="id of a deal")
    field: Literal["company", "title", "stage", "amount"]
    value: Value | int = Field(description="new value; for amount, whole dollars as a number")


def _find_companies(desk: Desk, asked: FindCompanies) -> object:
    return [flat(each) for each in desk.companies if holds(each.name, asked.name)]


def _get_company(desk: Desk, asked: GetCompany) -> object:
    return flat(known(desk.companies, asked.id, noun="company"))


def _find_contacts(desk: Desk, asked: FindContacts) -> object:
    if asked.name is None and asked.company is None:
        missing("name", "company")
    if asked.company is not None:
        known(desk.companies, asked.company, noun="company")
    return [
        flat(each)
        for each in desk.contacts
        if (asked.company is None or each.company == asked.company)
        and (asked.name is None or holds(each.name, asked.name))
    ]


def _update_contact(desk: Desk, asked: UpdateContact) -> object:
    contact = known(desk.contacts, asked.id, noun="contact")
    _check(desk, asked.field, asked.value)
    after = changed(contact, asked.field, asked.value)
    desk.contacts.put(after)
    return done(after)


def _create_contact(desk: Desk, asked: CreateContact) -> object:
    known(desk.companies, asked.company, noun="company")
    contact = made(Contact, {"id": desk.contacts.next_id(), **vars(asked)})
    desk.contacts.add(contact)
    return done(contact)


def _find_deals(desk: Desk, asked: FindDeals) -> object:
    known(desk.companies, asked.company, noun="company")
    return [flat(each) for each in desk.deals if each.company == asked.company]


def _update_deal(desk: Desk, asked: UpdateDeal) -> object:
    deal = known(desk.deals, asked.id, noun="deal")
    _check(desk, asked.field, asked.value)
    after = changed(deal, asked.field, asked.value)
    desk.deals.put(after)
    return done(after)


class _Email(Arguments):
    value: Email


class _Named(Arguments):
    value: Name


def _check(desk: Desk, field: str, value: object) -> None:
    """Refuse what a record's own types let through: no such company, no address, a blank."""
    if field == "company" and isinstance(value, str):
        known(desk.companies, value, noun="company")
    elif field == "email":
        read(_Email, {"value": value})
    elif field in {"name", "title", "stage", "status"}:
        read(_Named, {"value": value})


CRM: tuple[Action[Any], ...] = (
    Action(
        "crm_find_companies",
        "Find companies whose name contains some words.",
        FindCompanies,
        _find_companies,
    ),
    Action("crm_get_company", "Read one company.", GetCompany, _get_company),
    Action(
        "crm_find_contacts",
        "Find people by words of their name, by company, or both. One whose status is not active "
        "has left or moved.",
        FindContacts,
        _find_contacts,
    ),
    Action("crm_update_contact", "Change one field of a contact.", UpdateContact, _update_contact),
    Action("crm_create_contact", "Add a contact to a company.", CreateContact, _create_contact),
    Action("crm_find_deals", "List the deals of a company.", FindDeals, _find_deals),
    Action("crm_update_deal", "Change one field of a deal.", UpdateDeal, _update_deal),
)
