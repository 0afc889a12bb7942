"""Messages of a conversation as traces have them."""

import json
from collections.abc import Sequence
from typing import Any

from runner.core.chat import Message, ToolCall
from runner.trace.span import Span
from runner.trace.span import message as text_message


def message(said: Message) -> dict[str, Any]:
    """Return a message with its calls, or the call that it answers."""
    if said.role == "tool":
        part = {"type": "tool_call_response", "id": said.tool_call_id, "response": said.content}
        return {"role": "tool", "parts": [part]}
    found = text_message(said.role, said.content)
    found["parts"] += [call(each) for each in said.tool_calls]
    return found


def call(asked: ToolCall) -> dict[str, Any]:
    """Return a tool call; its arguments as JSON where they are, else the text as written."""
    return {
        "type": "tool_call",
        "id": asked.id,
        "name": asked.name,
        "arguments": json_or_text(asked.arguments),
    }


def json_or_text(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a text says as JSON; the text itself where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def listed(span: Span, attribute: str) -> list[Any]:
    """Return an attribute's messages: none where it is missing, one where it is no list."""
    value = span.attributes.get(attribute)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def repeated(asked: Sequence[Any], shown: Sequence[Any]) -> int:
    """Return how many messages of a request were shown already, as its history."""
    same = next((n for n, (a, b) in enumerate(zip(asked, shown, strict=False)) if a != b), None)
    return min(len(asked), len(shown)) if same is None else same
