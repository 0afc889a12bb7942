"""Tool calls as text, in the format of Hermes.

A turn is optional text, then for each call, on lines of their own, `<tool_call>`, an object of
`name` and `arguments`, and `</tool_call>`.

Source: NousResearch's Hermes function calling, as Qwen's chat templates write it and vLLM's parser
`hermes` reads it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.core.chat import ToolCall

OPEN = "<tool_call>"
CLOSE = "</tool_call>"

_HEAD = re.compile(r'\s*\{\s*"name"\s*:\s*')
_MIDDLE = re.compile(r'\s*,\s*"arguments"\s*:\s*')
_TAIL = re.compile(r"\s*\}\s*")
_SPACE = re.compile(r"\s*")
# Each costs one reading of the rest: with a bound on them, a turn is read in linear time.
_MOST_SECOND_LOOKS = 16


@dataclass(frozen=True, slots=True)
class Parsed:
    """An assistant's turn.

    Attributes:
        text: What is outside of the blocks; the newline between text and a block is neither's.
        calls: One per block, in order. What is in a block and no call has the name "" and the
            block's content as its arguments.
    """

    text: str
    calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """A block's content, and where the text goes on."""

    content: str
    end: int


def parse(text: str, *, first: int = 0) -> Parsed:
    """Read a turn; no text raises.

    A block without an end goes on to the end of the text: a call if that is a whole one.

    Args:
        text: The turn as the model wrote it, without its end token.
        first: Number of the first call's id, `call_<number>`.
    """
    said: list[str] = []
    calls: list[ToolCall] = []
    at = 0
    for start, block in _blocks(text):
        said.append(_unframed(text[at:start]) if at else text[at:start].removesuffix("\n"))
        calls.append(_call(block.content, f"call_{first + len(calls)}"))
        at = block.end
    said.append(text[at:].removeprefix("\n") if at else text)
    return Parsed("".join(said), tuple(calls))


def render(text: str, calls: Sequence[ToolCall]) -> str:
    """Write a turn as a model is taught to; `parse` reads it back.

    Args:
        text: What it says before it calls.
        calls: One without a name is written as its arguments alone.
    """
    return "\n".join([text] * bool(text) + [f"{OPEN}\n{_body(call)}\n{CLOSE}" for call in calls])


def _body(call: ToolCall) -> str:
    if not call.name:
        return call.arguments
    return f'{{"name": {json.dumps(call.name, ensure_ascii=False)}, "arguments": {call.arguments}}}'


def _blocks(text: str) -> Iterator[tuple[int, _Block]]:
    """Yield each block and where it starts."""
    looks = _MOST_SECOND_LOOKS
    start = text.find(OPEN)
    while start >= 0:
        begin = start + len(OPEN)
        end = text.find(CLOSE, begin)
        block = _Block(text[begin:], len(text)) if end < 0 else _closed(text, begin, end)
        if end >= 0 and looks and _value(block.content) is None:
            longer = _longer(text, begin)
            looks -= longer is None
            block = longer or block
        yield start, block
        start = text.find(OPEN, block.end)


def _closed(text: str, begin: int, end: int) -> _Block:
    return _Block(text[begin:end], end + len(CLOSE))


def _longer(text: str, begin: int) -> _Block | None:
    """Return the block whose JSON itself holds the mark of an end; None where it is no JSON."""
    start = _SPACE.match(text, begin)
    try:
        _, end = _DECODER.raw_decode(text, start.end() if start else begin)
    except (ValueError, RecursionError):
        return None
    after = _SPACE.match(text, end)
    end = after.end() if after else end
    return _closed(text, begin, end) if text.startswith(CLOSE, end) else None


def _unframed(text: str) -> str:
    """Return what is between two blocks, without the newlines around it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "\n" else text.strip("\n")


def _call(content: str, id_: str) -> ToolCall:
    name, arguments = _verbatim(content) or _rewritten(content) or ("", content)
    if not name:
        arguments = arguments.removeprefix("\n").removesuffix("\n")
    return ToolCall(id=id_, name=_whole(name), arguments=arguments)


def _verbatim(content: str) -> tuple[str, str] | None:
    """Return name and arguments, these as they were written, if they stand in the usual order."""
    head = _HEAD.match(content)
    try:
        name, end = _DECODER.raw_decode(content, head.end() if head else 0)
        middle = _MIDDLE.match(content, end)
        if head is None or middle is None or not isinstance(name, str):
            return None
        _, end = _DECODER.raw_decode(content, middle.end())
    except (ValueError, RecursionError):
        return None
    return (name, content[middle.end() : end]) if _TAIL.fullmatch(content, end) else None


def _rewritten(content: str) -> tuple[str, str] | None:
    """Return name and arguments of any other object that has both."""
    value = _value(content)
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    if "arguments" not in value:
        return None
    return value["name"], json.dumps(value["arguments"], ensure_ascii=False)


def _value(content: str) -> object:
    try:
        found: object = _DECODER.decode(content)
    except (ValueError, RecursionError):
        return None
    return found


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _whole(text: str) -> str:
    """Return a text without halves of characters, which JSON can name and UTF-8 cannot hold."""
    return text if text.isascii() else text.encode(errors="replace").decode()
