"""A world file: an office as JSON, maybe edited by hand."""

from collections.abc import Iterator
from typing import get_args

from pydantic import ValidationError

from runner.core.explain import complaints
from runner.core.problem import Complaint, dotted, shown
from runner.worlds.error import WorldError
from runner.worlds.office.json_text import NotJsonError, read_json
from runner.worlds.office.state import Company, Office, Table

MAX_BYTES = 4 << 20
_TOLD = 20
_OF_A_COMPANY: tuple[Table, ...] = ("contacts", "deals", "tickets")


def read_office(data: bytes, *, path: str) -> Office:
    """Return the office that a file holds; `path` is only quoted in messages.

    Raises:
        WorldError: `path: companies[2].name: ...`, a line each, for anything that is no office:
            no UTF-8, no JSON, unknown fields, wrong types, an id twice, a company that is not
            there, a company that belongs to itself.
    """
    found = _value(data, path)
    try:
        # JSON's lists stand for tuples, but a number in quotes stands for no number
        office = Office.model_validate_json(data, strict=True)
    except ValidationError as err:
        raise _error(path, complaints(Office, found, err)) from err
    wrong = tuple(dangling(office))
    if wrong:
        raise _error(path, wrong)
    return office


def dangling(office: Office) -> Iterator[Complaint]:
    """Yield every reference of an office that leads nowhere, or round in a circle."""
    companies = {company.id: company for company in office.companies}
    for number, company in enumerate(office.companies):
        if company.parent and company.parent not in companies:
            yield _no_company(("companies", number, "parent"), company.parent)
        elif _circles(company, companies):
            yield Complaint(("companies", number, "parent"), "the company belongs to itself")
    for table in _OF_A_COMPANY:
        for number, record in enumerate(getattr(office, table)):
            if record.company not in companies:
                yield _no_company((table, number, "company"), record.company)


def _circles(company: Company, companies: dict[str, Company]) -> bool:
    seen = set()
    above = company.parent
    while above in companies and above not in seen:
        seen.add(above)
        above = companies[above].parent
    return company.id in seen


def _no_company(pointer: tuple[str | int, ...], name: str) -> Complaint:
    return Complaint(pointer, f"no company has the id {shown(name)}")


def _value(data: bytes, path: str) -> object:
    if len(data) > MAX_BYTES:
        raise WorldError(f"{path}: {len(data)} bytes; an office has at most {MAX_BYTES}")
    try:
        found = read_json(data.decode())
    except UnicodeDecodeError as err:
        raise WorldError(f"{path}: byte 0x{data[err.start]:02x} is not UTF-8") from err
    except NotJsonError as err:
        raise WorldError(f"{path}: {err}") from err
    if not isinstance(found, dict):
        tables = ", ".join(get_args(Table))
        raise WorldError(f"{path}: {shown(found)}; an object of {tables} would be right")
    return found


def _error(path: str, found: tuple[Complaint, ...]) -> WorldError:
    lines = []
    for each in found[:_TOLD]:
        place = dotted(each.pointer)
        lines.append(f"{path}: {place}: {each.text}" if place else f"{path}: {each.text}")
    if len(found) > _TOLD:
        lines.append(f"{path}: and {len(found) - _TOLD} more")
    return WorldError("\n".join(lines))
