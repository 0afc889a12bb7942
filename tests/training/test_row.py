"""Rows: OpenAI's chat form, written and read back."""

import json
from pathlib import Path

import pytest

from runner.core.chat import Message, Tool, ToolCall
from runner.training.row import (
    RowError,
    mapped,
    read_rows,
    row_lines,
    training_row,
    write_rows,
)

CALL = ToolCall(id="c1", name="mail_read", arguments='{"id": "m1"}')
CHAT = (
    Message(role="system", content="Be brief."),
    Message(role="user", content="What does Ann want?"),
    Message(role="assistant", content="", tool_calls=(CALL,)),
    Message(role="tool", content='{"subject": "Grüße"}', tool_call_id="c1"),
    Message(role="assistant", content="She says hello."),
)
TOOLS = (
    Tool(
        name="mail_read",
        description="Reads a mail.",
        parameters={
            "type": "object",
            "properties": {"id": {"type": "string"}},
            "required": ["id"],
        },
    ),
)


def test_a_row_is_openais_chat_form_without_nulls() -> None:
    assert training_row(CHAT, TOOLS).record() == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What does Ann want?"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "mail_read", "arguments": '{"id": "m1"}'},
                    }
                ],
            },
            {"role": "tool", "content": '{"subject": "Grüße"}', "tool_call_id": "c1"},
            {"role": "assistant", "content": "She says hello."},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "mail_read",
                    "description": "Reads a mail.",
                    "parameters": TOOLS[0].parameters,
                },
            }
        ],
    }


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    rows = (training_row(CHAT, TOOLS), training_row(CHAT[1:2]))
    write_rows(tmp_path / "rows.jsonl", rows)
    assert read_rows(tmp_path / "rows.jsonl") == rows
    assert rows[0].chat == CHAT


def test_keys_keep_their_order_in_a_file_because_a_model_learns_it() -> None:
    (line,) = row_lines([mapped(training_row(CHAT, TOOLS))]).splitlines()
    assert line.startswith(b'{"messages": [{"role": "system", "content": "Be brief."}')
    assert "Grüße".encode() in line


def test_columns_of_others_are_let_be(tmp_path: Path) -> None:
    record = training_row(CHAT, TOOLS).record() | {"score": 1}
    (tmp_path / "rows.jsonl").write_text(f"{json.dumps(record)}\n\n", encoding="utf-8")
    assert read_rows(tmp_path / "rows.jsonl") == (training_row(CHAT, TOOLS),)


def test_a_file_has_arguments_as_objects_and_is_read_with_either(tmp_path: Path) -> None:
    tool = Tool(name="f", parameters={"properties": {"arguments": {"type": "object"}}})
    row = training_row(CHAT, (tool,))
    (tmp_path / "objects.jsonl").write_bytes(row_lines([mapped(row)]))
    (tmp_path / "text.jsonl").write_text(json.dumps(row.record()), encoding="utf-8")
    assert b'"arguments": {"id": "m1"}' in (tmp_path / "objects.jsonl").read_bytes()
    assert read_rows(tmp_path / "objects.jsonl") == (row,)
    assert read_rows(tmp_path / "text.jsonl") == (row,)


def test_mapped_rows_carry_arguments_as_objects() -> None:
    function = mapped(training_row(CHAT))["messages"][2]["tool_calls"][0]["function"]
    assert function == {"name": "mail_read", "arguments": {"id": "m1"}}


@pytest.mark.parametrize("arguments", ["{", "[]", "null", ""], ids=["cut", "list", "null", "empty"])
def test_arguments_that_are_no_object_cannot_be_mapped(arguments: str) -> None:
    call = CALL.model_copy(update={"arguments": arguments})
    row = training_row([Message(role="assistant", content="", tool_calls=(call,))])
    with pytest.raises(RowError, match="the arguments of mail_read are no JSON object"):
        mapped(row)


def test_two_rows_that_differ_in_ids_of_calls_alone_have_one_digest() -> None:
    other = [each.model_copy() for each in CHAT]
    other[2] = CHAT[2].model_copy(update={"tool_calls": (CALL.model_copy(update={"id": "x"}),)})
    other[3] = CHAT[3].model_copy(update={"tool_call_id": "x"})
    assert training_row(other).digest() == training_row(CHAT, TOOLS).digest()
    assert training_row(CHAT[:-1]).digest() != training_row(CHAT).digest()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "rows.jsonl:2: expected a JSON object on one line"),
        ("[1]", "rows.jsonl:2: expected a JSON object on one line"),
        ('{"tools": []}', "rows.jsonl:2: messages: missing"),
        (
            json.dumps({"messages": [{"role": "robot", "content": ""}]}),
            "rows.jsonl:2: messages[0].role: ",
        ),
        ("[" * 100_000, "rows.jsonl:2: expected a JSON object on one line"),
    ],
    ids=["cut", "list", "no-messages", "role", "deep"],
)
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: str, said: str) -> None:
    good = row_lines([mapped(training_row(CHAT))])
    (tmp_path / "rows.jsonl").write_bytes(good + line.encode() + b"\n")
    with pytest.raises(RowError) as caught:
        read_rows(tmp_path / "rows.jsonl")
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RowError, match="cannot be read: No such file"):
        read_rows(tmp_path / "none.jsonl")
    with pytest.raises(RowError, match="cannot be written: No such file"):
        write_rows(tmp_path / "none" / "rows.jsonl", ())
