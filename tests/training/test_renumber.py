"""A row's versions speak of the same things under other ids."""

import json
import re

import pytest

from runner.core.chat import Message, ToolCall
from runner.training.renumber import renumbered
from runner.training.row import TrainingRow, training_row

ID = re.compile(r"\b[A-Z]\d+\b")


def row(contact: str, company: str, *, note: str = "see you") -> TrainingRow:
    found = json.dumps([{"name": "Ann Lee", "company": company, "id": contact}])
    call = ToolCall(id="call_1", name="crm_find_contacts", arguments='{"name": "Ann Lee"}')
    update = json.dumps({"id": contact, "field": "role", "value": note})
    return training_row(
        [
            Message(role="user", content=f"Ann Lee of {company} is a buyer in 2026, room B12."),
            Message(role="assistant", content="", tool_calls=(call,)),
            Message(role="tool", content=found, tool_call_id="call_1"),
            Message(
                role="assistant",
                content="",
                tool_calls=(ToolCall(id="call_2", name="crm_update", arguments=update),),
            ),
            Message(role="tool", content=json.dumps({"id": company}), tool_call_id="call_2"),
        ]
    )


ROWS = [row("C10", "A10"), row("C11", "A12"), row("C17", "A19"), row("C103", "A10")]


def ids(found: TrainingRow) -> list[str]:
    return ID.findall(found.model_dump_json())


def test_each_version_is_its_row_under_an_exchange_of_ids() -> None:
    made = renumbered(ROWS, 5, seed=1)

    assert made[::6] == ROWS
    for index, each in enumerate(made):
        before, after = ids(ROWS[index // 6]), ids(each)
        pairs = set(zip(before, after, strict=True))
        assert len(pairs) == len(set(before)) == len(set(after))
        assert all(old[0] == new[0] and len(old) == len(new) for old, new in pairs)
        assert ("B12", "B12") in pairs
        assert ID.sub("", each.model_dump_json()) == ID.sub("", ROWS[index // 6].model_dump_json())
    assert len({each.digest() for each in made[:6]}) > 3


def test_no_version_has_an_id_that_no_row_has() -> None:
    known = {name for each in ROWS for name in ids(each)}
    assert {name for each in renumbered(ROWS, 20, seed=3) for name in ids(each)} == known


def test_the_seed_decides_and_none_are_made_where_none_are_asked_for() -> None:
    assert renumbered(ROWS, 0, seed=1) == ROWS
    assert renumbered(ROWS, 3, seed=1) == renumbered(ROWS, 3, seed=1) != renumbered(ROWS, 3, seed=2)


@pytest.mark.parametrize("note", ["line\nC10", "tab\tC10", "C10", "(C10)"])
def test_an_id_is_found_wherever_it_stands(note: str) -> None:
    rows = [row("C10", "A10", note=note), row("C11", "A11")]
    for made in renumbered(rows, 8, seed=2)[:9]:
        contact = json.loads(made.messages[2].content)[0]["id"]
        assert json.loads(made.messages[3].tool_calls[0].function.arguments)["value"] == (
            note.replace("C10", contact)
        )


def test_words_that_no_tool_calls_an_id_stay() -> None:
    plain = [
        training_row(
            [
                Message(role="user", content="Is GPT4 or C10 the id?"),
                Message(role="tool", content="C10 it is", tool_call_id="call_1"),
                Message(role="tool", content='{"id": 12, "name": "C10"}', tool_call_id="call_1"),
            ]
        )
    ]
    assert {each.digest() for each in renumbered(plain, 4, seed=1)} == {plain[0].digest()}
