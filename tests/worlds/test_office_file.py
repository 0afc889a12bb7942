"""What a world file may hold, and what is said of one that somebody broke."""

import json
from typing import Any

import pytest

from runner.worlds.error import WorldError
from runner.worlds.office.file import MAX_BYTES, read_office
from tests.worlds.office_world import OFFICE


def plain() -> dict[str, Any]:
    found: dict[str, Any] = OFFICE.model_dump(mode="json")
    return found


def test_a_written_office_is_read_back() -> None:
    assert read_office(json.dumps(plain(), indent=2).encode(), path="w.json") == OFFICE


@pytest.mark.parametrize(
    ("table", "number", "field", "value", "why"),
    [
        ("companies", 1, "name", 7, "expected a string, got 7; put it in quotes"),
        ("companies", 0, "parent", "A9", 'no company has the id "A9"'),
        ("companies", 0, "parent", "A1", "the company belongs to itself"),
        ("companies", 0, "nme", "x", 'unknown key; did you mean "name"?'),
        ("contacts", 0, "company", "", 'no company has the id ""'),
        ("deals", 0, "amount", "500", 'expected an integer, got "500"'),
        ("deals", 0, "amount", -1, "expected a number >= 0, got -1"),
        ("tickets", 0, "company", "Ardent", 'no company has the id "Ardent"'),
        ("rows", 0, "cells", {"id": "1"}, "a column is called id, as the row's own id is"),
        (
            "events",
            0,
            "day",
            "Sunday",
            (
                "expected one of Monday, Tuesday, Wednesday, Thursday, Friday, "
                'got "Sunday"; did you mean "Monday"?'
            ),
        ),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, str) else None,
)
def test_a_broken_record_is_named_with_its_place(
    table: str, number: int, field: str, value: object, why: str
) -> None:
    found = plain()
    found[table][number][field] = value

    with pytest.raises(WorldError) as caught:
        read_office(json.dumps(found).encode(), path="w.json")

    place = f"{table}[{number}]"
    assert str(caught.value) in {f"w.json: {place}.{field}: {why}", f"w.json: {place}: {why}"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "w.json: expecting value at line 1, column 1"),
        (b'{"companies": [],}', "w.json: illegal trailing comma"),
        (b"\xff", "w.json: byte 0xff is not UTF-8"),
        (b"[]", "w.json: an empty list; an object of companies, contacts, deals"),
        (b'{"companies": [], "companies": []}', 'w.json: the key "companies" appears twice'),
        (b'{"deals": NaN}', "w.json: NaN is not a finite number"),
        (b'{"company": []}', 'w.json: company: unknown key; did you mean "companies"?'),
        (b"[" * 100_000, "w.json: nested too deep"),
        (b'{"a": "\\ud800"}', "w.json: half a character"),
        (b" " * (MAX_BYTES + 1), "w.json: 4194305 bytes; an office has at most 4194304"),
    ],
    ids=lambda value: str(value)[:32],
)
def test_what_is_no_office_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(WorldError) as caught:
        read_office(data, path="w.json")

    assert str(caught.value).startswith(why.partition("illegal")[0])


def test_a_circle_of_parents_is_refused_for_each_company_in_it() -> None:
    found = plain()
    found["companies"][1]["parent"] = "A1"

    with pytest.raises(WorldError) as caught:
        read_office(json.dumps(found).encode(), path="w.json")

    assert str(caught.value) == (
        "w.json: companies[0].parent: the company belongs to itself\n"
        "w.json: companies[1].parent: the company belongs to itself"
    )


def test_an_id_twice_is_refused() -> None:
    found = plain()
    found["contacts"][1]["id"] = "C1"

    with pytest.raises(WorldError, match=r"w\.json: contacts: the id C1 occurs twice"):
        read_office(json.dumps(found).encode(), path="w.json")


def test_of_many_complaints_the_first_are_told() -> None:
    found = plain()
    found["contacts"] = [
        {"id": f"C{n}", "name": "x", "company": "A7", "email": "x"} for n in range(30)
    ]

    with pytest.raises(WorldError) as caught:
        read_office(json.dumps(found).encode(), path="w.json")

    assert str(caught.value).splitlines()[-1] == "w.json: and 10 more"
