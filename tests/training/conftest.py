"""A small office talk, and a model from scratch that has not learnt it yet."""

import json
from pathlib import Path
from typing import Any

import pytest

from runner.training.chat import Chat
from runner.training.params import Shape
from runner.training.row import TrainingRow
from runner.training.scratch import scratch
from runner.training.template import render
from runner.training.vocabulary import write_tokenizer

TINY = Shape(layers=2, width=32, heads=2, kv_heads=1, hidden=64, window=256)
FIRST = ("Ann", "Bob", "Cara", "Dan", "Eve", "Finn", "Gus", "Hana")
LAST = ("Lee", "Moss", "Nash", "Orr", "Pike", "Quinn", "Reed", "Shaw")


def call(name: str, /, **arguments: str) -> dict[str, Any]:
    said = {"name": name, "arguments": json.dumps(arguments)}
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "c", "type": "function", "function": said}],
    }


def talk(first: str, last: str, number: int) -> TrainingRow:
    """A row: find somebody, then update the record that was found."""
    found = json.dumps([{"id": f"C{number}", "name": f"{first} {last}"}])
    said = {
        "messages": [
            {"role": "user", "content": f"Mark {first} {last} as active."},
            call("crm_find_contacts", name=f"{first} {last}"),
            {"role": "tool", "tool_call_id": "c", "content": found},
            call("crm_update_contact", id=f"C{number}", field="status", value="active"),
            {"role": "tool", "tool_call_id": "c", "content": json.dumps({"ok": True})},
            {"role": "assistant", "content": "Done."},
        ],
        "tools": [],
    }
    return TrainingRow.model_validate_json(json.dumps(said))


@pytest.fixture(scope="session")
def rows() -> list[TrainingRow]:
    return [talk(a, b, m * 8 + n) for m, a in enumerate(FIRST) for n, b in enumerate(LAST)]


@pytest.fixture(scope="session")
def words(rows: list[TrainingRow], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("words")
    write_tokenizer([render(row.record()["messages"]) for row in rows], folder)
    return folder


@pytest.fixture
def chat(words: Path) -> Chat:
    return scratch(TINY, words, seed=0)
