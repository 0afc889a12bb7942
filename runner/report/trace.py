"""A trace as people read it: who said what, whole, in the order in which it was said.

What a model or a tool said is foreign text: it never stands where a heading of ours could.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from runner.report.escape import clean
from runner.report.number import plural
from runner.trace.chat import listed, repeated
from runner.trace.file import Trace
from runner.trace.span import (
    CORRECTION,
    INPUT_MESSAGES,
    INPUT_TOKENS,
    MODEL,
    OPERATION,
    OUTPUT_MESSAGES,
    OUTPUT_TOKENS,
    SCORES,
    TOOL,
    TOOL_ARGUMENTS,
    TOOL_RESULT,
    VERDICT,
    Span,
)

Kind = Literal["heading", "said", "thought"]
CUT = "cut short: whoever wrote the trace was stopped here"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation.

    Attributes:
        text: Without control characters; a line of foreign text is to be indented.
        kind: `heading` is ours; `thought` is a model's reasoning, or what matters as little.
    """

    text: str
    kind: Kind = "said"


def conversation(trace: Trace) -> Iterator[Line]:
    """Yield a trace's lines; messages that a later call repeats stand once."""
    shown: list[Any] = []
    for span in trace.spans:
        asked = listed(span, INPUT_MESSAGES)
        again = repeated(asked, shown)
        yield Line(f"-- {_one(span.name)}", "heading")
        if again:
            yield Line(f"({plural(again, 'message')} as above)", "thought")
        for message in asked[again:]:
            yield from _message(message)
        yield from outcome_of(span)
        yield from _rest(span)
        shown = [*asked, *listed(span, OUTPUT_MESSAGES)] or shown
    if not trace.whole:
        yield Line(CUT, "heading")


def outcome(trace: Trace) -> Iterator[Line]:
    """Yield what came of a case alone: answers, reasoning, tools' results, scores."""
    for span in trace.spans:
        yield Line(f"-- {_one(span.name)}", "heading")
        yield from outcome_of(span)


def outcome_of(span: Span) -> Iterator[Line]:
    """Yield the lines of what came of one span."""
    for message in listed(span, OUTPUT_MESSAGES):
        yield from _message(message)
    if TOOL_ARGUMENTS in span.attributes or TOOL_RESULT in span.attributes:
        yield from _block("called with", span.attributes.get(TOOL_ARGUMENTS))
        yield from _block("came back", span.attributes.get(TOOL_RESULT))
    if span.name == VERDICT:
        yield Line(f"scores: {score_words(span.attributes.get(SCORES))}", "heading")
    if CORRECTION in span.attributes:
        yield from _block("correction", span.attributes[CORRECTION])


def score_words(scores: object) -> str:
    """Return scores in a line, by metric; `-` for none."""
    if not isinstance(scores, Mapping):
        return "-"
    told = (f"{_one(str(name))} {_number(value)}" for name, value in scores.items())
    return ", ".join(told) or "-"


_TOLD = {
    *(CORRECTION, INPUT_MESSAGES, INPUT_TOKENS, MODEL, OPERATION, OUTPUT_MESSAGES, OUTPUT_TOKENS),
    *(SCORES, TOOL, TOOL_ARGUMENTS, TOOL_RESULT),
}


def _rest(span: Span) -> Iterator[Line]:
    """Yield usage, and every attribute that nothing else told."""
    tokens = [span.attributes.get(name) for name in (INPUT_TOKENS, OUTPUT_TOKENS)]
    if tokens != [None, None]:
        read, wrote = (_one(str(count)) for count in tokens)
        yield Line(f"usage: {read} tokens in, {wrote} out, {span.seconds:.2f} s", "heading")
    for name, value in span.attributes.items():
        if name not in _TOLD:
            yield Line(f"{_one(name)}: {_one(_text(value, indent=None))}", "thought")


def _message(message: object) -> Iterator[Line]:
    if not isinstance(message, Mapping):
        yield from _block("message", message)
        return
    role = _one(str(message.get("role", "?")))
    parts = message.get("parts")
    for part in parts if isinstance(parts, list) else [message]:
        yield from _part(role, part)


def _part(role: str, part: object) -> Iterator[Line]:
    match part:
        case {"type": "text", "content": text}:
            yield from _block(role, text)
        case {"type": "reasoning", "content": text}:
            yield from _block(f"{role}, reasoning", text, kind="thought")
        case {"type": "tool_call", "name": name, "arguments": arguments}:
            yield from _block(f"{role} calls {_one(str(name))}", arguments)
        case {"type": "tool_call_response", "response": response}:
            yield from _block(f"{role} answers", response)
        case _:
            yield from _block(role, part)


def _block(title: str, content: object, *, kind: Kind = "said") -> Iterator[Line]:
    yield Line(f"{title}:", "heading")
    for line in _shown(_text(content, indent=2)).split("\n"):
        yield Line(line, kind)


def _text(value: object, *, indent: int | None) -> str:
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    return json.dumps(value, ensure_ascii=False, indent=indent, default=str)


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else _one(str(value))


def _one(text: str) -> str:
    return " ".join(_shown(text).split())


def _shown(text: str) -> str:
    return clean(text).encode(errors="replace").decode()
