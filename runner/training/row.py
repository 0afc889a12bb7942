"""Training rows: conversations in OpenAI's chat form, as JSON lines.

Both TRL's `SFTTrainer` and prime-rl's `sft` take the file as it is: a `messages` column with the
whole conversation and a `tools` column in OpenAI's function-calling form. In memory the arguments
of a call are text, as models write them; in a file they are an object, since of the chat templates
that TRL ships Qwen2.5's quotes text once more and Qwen3.5's cannot take it.

Source: https://huggingface.co/docs/trl/en/dataset_formats (conversational, tool calling);
prime-rl, docs/training.md, "Dataset Format".
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from runner.core.build import MisfitError, build
from runner.core.canonical import canonical, digest
from runner.core.chat import Message, Role, Text, Tool, ToolCall
from runner.core.file import write_atomic
from runner.core.frozen import Frozen
from runner.training.errors import TrainingError

_NESTED = ("messages", "tool_calls", "function")
"""Where arguments are; a tool's schema may have a property of that name."""


class RowError(TrainingError):
    """A training row, or a file of them, that cannot be read or written."""


class RowFunction(Frozen):
    """The function that a call names.

    Attributes:
        arguments: A JSON object as text, as OpenAI's API and vLLM send it.
    """

    name: str
    arguments: Text


class RowCall(Frozen):
    """One call of a tool."""

    id: str
    type: Literal["function"] = "function"
    function: RowFunction


class RowMessage(Frozen):
    """One message in OpenAI's form; keys that do not apply are absent, not null."""

    role: Role
    content: Text = ""
    tool_calls: tuple[RowCall, ...] = ()
    tool_call_id: str = ""


class RowTool(Frozen):
    """One tool in OpenAI's function-calling form."""

    type: Literal["function"] = "function"
    function: Tool


class TrainingRow(Frozen):
    """One conversation to learn from."""

    messages: tuple[RowMessage, ...]
    tools: tuple[RowTool, ...] = ()

    @property
    def chat(self) -> tuple[Message, ...]:
        """Its messages as the engine's own."""
        return tuple(_message(each) for each in self.messages)

    def record(self) -> dict[str, Any]:
        """Return `{messages, tools}` of plain JSON values, arguments as text."""
        return {
            "messages": [_plain(each) for each in self.messages],
            "tools": [each.model_dump(mode="json") for each in self.tools],
        }

    def digest(self) -> str:
        """Return the sha256 of its messages, ids of calls apart: tools are the same for all."""
        return digest(canonical([_nameless(each) for each in self.messages]))


def training_row(messages: Sequence[Message], tools: Sequence[Tool] = ()) -> TrainingRow:
    """Return a conversation as a row."""
    return TrainingRow(
        messages=tuple(_row_message(each) for each in messages),
        tools=tuple(RowTool(function=each) for each in tools),
    )


def mapped(row: TrainingRow) -> dict[str, Any]:
    """Return `{messages, tools}` as a file has it: the arguments of calls as objects.

    Raises:
        RowError: the arguments of a call are no JSON object.
    """
    record = row.record()
    for message in record["messages"]:
        for call in message.get("tool_calls", ()):
            function = call["function"]
            function["arguments"] = _object(function["arguments"], function["name"])
    return record


def row_lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    """Return records as JSON lines, keys in their own order, which is what models learn."""
    lines = (json.dumps(each, ensure_ascii=False, allow_nan=False) for each in records)
    return "".join(f"{line}\n" for line in lines).encode()


def write_rows(path: Path, rows: Iterable[TrainingRow]) -> None:
    """Write rows as JSON lines.

    Raises:
        RowError: the file cannot be written, or a call's arguments are no JSON object.
    """
    try:
        write_atomic(path, row_lines(map(mapped, rows)))
    except OSError as err:
        raise RowError(f"{path}: cannot be written: {err.strerror}") from err


def read_rows(path: Path) -> tuple[TrainingRow, ...]:
    """Read rows, arguments as an object or as text; other columns are let be, as trainers do.

    Raises:
        RowError: it cannot be read, or a line is no row.
    """
    try:
        data = path.read_bytes()
    except OSError as err:
        raise RowError(f"{path}: cannot be read: {err.strerror}") from err
    return tuple(_rows(data, path))


def _rows(data: bytes, path: Path) -> Iterator[TrainingRow]:
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            try:
                found = json.loads(line)
                yield build(TrainingRow, _texts(_columns(found)))
            except MisfitError as err:
                raise RowError(f"{path}:{number}: {err}") from err
            except (ValueError, RecursionError) as err:
                raise RowError(f"{path}:{number}: expected a JSON object on one line") from err


def _columns(found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - as json.loads says that a line is none
    return {key: value for key, value in found.items() if key in TrainingRow.model_fields}


def _texts(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a record whose functions have their arguments as text."""
    if isinstance(value, list):
        return [_texts(each) for each in value]
    if not isinstance(value, dict):
        return value
    arguments = value.get("arguments")
    if isinstance(arguments, dict):
        return {**value, "arguments": json.dumps(arguments, ensure_ascii=False)}
    return {key: _texts(each) if key in _NESTED else each for key, each in value.items()}


def _message(message: RowMessage) -> Message:
    calls = tuple(
        ToolCall(id=call.id, name=call.function.name, arguments=call.function.arguments)
        for call in message.tool_calls
    )
    return Message(
        role=message.role,
        content=message.content,
        tool_calls=calls,
        tool_call_id=message.tool_call_id,
    )


def _row_message(message: Message) -> RowMessage:
    calls = tuple(
        RowCall(id=call.id, function=RowFunction(name=call.name, arguments=call.arguments))
        for call in message.tool_calls
    )
    return RowMessage(
        role=message.role,
        content=message.content,
        tool_calls=calls,
        tool_call_id=message.tool_call_id,
    )


def _plain(message: RowMessage) -> dict[str, Any]:
    plain: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        plain["tool_calls"] = [call.model_dump(mode="json") for call in message.tool_calls]
    if message.tool_call_id:
        plain["tool_call_id"] = message.tool_call_id
    return plain


def _nameless(message: RowMessage) -> list[Any]:
    calls = [[call.function.name, call.function.arguments] for call in message.tool_calls]
    return [message.role, message.content, calls]


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RowError(f"the arguments of {name} are no JSON object: {text[:60]}")
    return found
