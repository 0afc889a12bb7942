"""What an office answers to whatever an agent writes."""

import json
import time
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.chat import Tool
from runner.core.problem import printable
from runner.worlds.office.state import Office
from runner.worlds.office.world import ACTIONS, MAX_ARGUMENTS, WRITING, OfficeWorld, tools
from tests.worlds.office_world import OFFICE, ask, refused

if TYPE_CHECKING:
    from runner.core.world import World

MALFORMED = [
    ("", "the arguments are no JSON: expecting value at line 1, column 1"),
    ('{"id": "A1"', "the arguments are no JSON: expecting ',' delimiter at line 1, column 12"),
    ("[1]", "the arguments are a list; a JSON object would be right"),
    ('"A1"', 'the arguments are "A1"; a JSON object would be right'),
    ("null", "the arguments are nothing; a JSON object would be right"),
    ('{"id": NaN}', "the arguments are no JSON: NaN is not a finite number"),
    ('{"id": "A1", "id": "A2"}', 'the arguments are no JSON: the key "id" appears twice'),
    ('{"id": "\\ud800"}', "the arguments are no JSON: half a character, which UTF-8 cannot hold"),
    ('{"id": "\ud800"}', "the arguments are no JSON: half a character, which UTF-8 cannot hold"),
    ("[" * 50_000, "the arguments are no JSON: nested too deep"),
    ('{"id": ' + "9" * 5000 + "}", "the arguments are no JSON: an integer with too many digits"),
    ('{"id": 1}', "id: expected a string, got 1; put it in quotes"),
    ('{"id": true}', "id: expected a string, got true; put it in quotes"),
    ("{}", "id: missing"),
    ('{"ide": "A1"}', 'ide: unknown argument; did you mean "id"?'),
    ('{"id": "A9"}', 'there is no company with the id "A9"; find its id first'),
    (
        json.dumps({str(n): n for n in range(30)}),
        "30 arguments; it takes id",
    ),
]


def test_an_office_is_a_world_of_22_tools() -> None:
    world: World = OfficeWorld(OFFICE)

    assert len(world.tools) == 22
    assert [each.name for each in world.tools] == list(ACTIONS)
    assert all(each.description for each in world.tools)


@pytest.mark.parametrize("tool", tools(), ids=lambda tool: tool.name)
def test_a_tool_declares_its_arguments_as_a_strict_json_schema(tool: Tool) -> None:
    jsonschema.Draft202012Validator.check_schema(tool.parameters)
    assert tool.parameters["type"] == "object"
    assert tool.parameters["additionalProperties"] is False
    assert list(tool.parameters["properties"]) == list(ACTIONS[tool.name].asks.model_fields)
    assert "$ref" not in json.dumps(tool.parameters)


@pytest.mark.parametrize(("arguments", "why"), MALFORMED, ids=[text[:30] for text, _ in MALFORMED])
def test_what_is_no_call_is_refused_in_words(arguments: str, why: str) -> None:
    assert refused(OfficeWorld(OFFICE).call("crm_get_company", arguments)) == why


def test_an_unknown_tool_is_refused_with_the_one_that_was_meant() -> None:
    world = OfficeWorld(OFFICE)

    assert refused(world.call("crm_find_contact", "{}")) == (
        'there is no tool "crm_find_contact"; did you mean "crm_find_contacts"?'
    )
    assert refused(world.call("", "{}")).startswith('there is no tool ""; known: calendar_cancel')


def test_ten_megabytes_are_refused_unread() -> None:
    world = OfficeWorld(OFFICE)
    started = time.perf_counter()

    why = refused(world.call("crm_get_company", '{"id": "' + "x" * 10_000_000 + '"}'))
    refused(world.call("x" * 10_000_000, "{}"))

    assert why == f"arguments of 10000010 characters; at most {MAX_ARGUMENTS}"
    assert time.perf_counter() - started < 0.5


@given(name=st.sampled_from(sorted(ACTIONS)) | st.text(max_size=20), arguments=st.text(max_size=60))
def test_no_text_of_an_agent_raises_or_changes_anything(name: str, arguments: str) -> None:
    world = OfficeWorld(OFFICE)

    seen = world.call(name, arguments)

    assert not seen.ok
    assert world.state == OFFICE
    seen.text.encode()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["A1", "D1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


@given(data=st.data(), name=st.sampled_from(sorted(ACTIONS)))
def test_no_value_of_an_agent_raises_and_a_refusal_changes_nothing(
    data: st.DataObject, name: str
) -> None:
    world = OfficeWorld(OFFICE)
    fields = list(ACTIONS[name].asks.model_fields)
    found = {field: data.draw(_JSON) for field in data.draw(st.sets(st.sampled_from(fields)))}

    seen = world.call(name, json.dumps(found))

    assert seen.ok or world.state == OFFICE
    assert Office.model_validate_json(world.state.model_dump_json()) == world.state


def test_a_name_with_control_characters_does_not_reach_a_terminal() -> None:
    seen = OfficeWorld(OFFICE).call("\x1b[2J\ud800", "{}")

    assert printable(seen.text) == seen.text
    assert "\\u001b" in seen.text or "\\x1b" in seen.text


def test_the_same_calls_give_the_same_office() -> None:
    def played() -> Office:
        world = OfficeWorld(OFFICE)
        ask(world, "ticket_create", company="A1", subject="Lamp", priority="high")
        ask(world, "calendar_cancel", id="E2")
        return world.state

    assert played() == played()
    assert played() != OFFICE


def test_a_world_leaves_the_office_that_it_began_with_alone() -> None:
    before = OFFICE.model_dump_json()
    world = OfficeWorld(OFFICE)

    ask(world, "chat_post", channel="sales", text="Hello")
    world.reset(OFFICE)

    assert OFFICE.model_dump_json() == before
    assert world.state == OFFICE


def test_a_reset_costs_far_less_than_a_millisecond() -> None:
    world = OfficeWorld(OFFICE)
    started = time.perf_counter()

    for _ in range(1000):
        world.reset(OFFICE)

    assert time.perf_counter() - started < 0.5


def test_tools_that_change_the_office_are_told_from_those_that_look() -> None:
    looking = {name for name in ACTIONS if name not in WRITING}

    assert looking == {
        "crm_find_companies",
        "crm_get_company",
        "crm_find_contacts",
        "crm_find_deals",
        "mail_search",
        "mail_read",
        "sheet_find",
        "calendar_find",
        "ticket_find",
        "chat_read",
    }
