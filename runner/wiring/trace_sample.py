"""A trace in the shape of a sample of inspect_ai's logs; imports nothing of it.

Source: reference of inspect_ai.log (EvalSample) and inspect_ai.model (ModelOutput, ChatMessage);
tried with inspect_ai 0.3.285.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runner.trace.file import Trace
from runner.trace.index import CaseEntry, Split
from runner.trace.span import (
    CORRECTION,
    COST,
    ERROR,
    FINISH_REASONS,
    INPUT_MESSAGES,
    INPUT_TOKENS,
    MODEL,
    OPERATION,
    OUTPUT_MESSAGES,
    OUTPUT_TOKENS,
    SLICES,
    SPLIT,
    VERDICT,
    Span,
)

_FINISH = {"stop": "stop", "length": "max_tokens", "tool_calls": "tool_calls"}
_FINISH |= {"content_filter": "content_filter"}
_ROLES = ("system", "user", "assistant", "tool")
_PROMPTS = ("system", "user")


def sample_of(trace: Trace, case: CaseEntry, *, split: Split) -> dict[str, Any]:
    """Return a sample; an epoch is a repetition, from 1.

    Spans that are neither model calls nor the verdict stand in its metadata, whole.
    """
    calls = calls_of(trace)
    said = next((span for span in trace.spans if span.name == VERDICT), Span(VERDICT))
    messages = [_message(each, f"{case.member}-{n}") for n, each in enumerate(_said(calls))]
    asked = len(_messages(calls[0], INPUT_MESSAGES)) if calls else 0
    return {
        "id": case.id,
        "epoch": case.rep + 1,
        "input": messages[:asked],
        "target": str(said.attributes.get(CORRECTION, "")),
        "messages": messages,
        "output": _output(calls[-1], case.member) if calls else {},
        "scores": {
            name: {"value": value, "answer": _answer(messages)}
            for name, value in case.scores.items()
        },
        "metadata": {
            SPLIT: split,
            COST: case.cost_usd,
            ERROR: case.error,
            SLICES: said.attributes.get(SLICES, []),
            "failed": case.failed,
            "whole": case.whole,
            "spans": [_plain(span) for span in trace.spans if span not in (*calls, said)],
        },
        "model_usage": {
            name: _usage([span for span in calls if model_of(span) == name])
            for name in dict.fromkeys(map(model_of, calls))
        },
        "total_time": case.seconds,
    }


def calls_of(trace: Trace) -> list[Span]:
    """Return the model calls of a trace."""
    return [span for span in trace.spans if span.attributes.get(OPERATION) == "chat"]


def model_of(span: Span) -> str:
    """Return the name of the model that a call asked."""
    return str(span.attributes.get(MODEL, "unknown"))


def _said(calls: Sequence[Span]) -> Iterator[Mapping[str, Any]]:
    """Yield each message once, though each call repeats those before it."""
    shown: list[Mapping[str, Any]] = []
    for span in calls:
        asked = _messages(span, INPUT_MESSAGES)
        again = len(shown) if asked[: len(shown)] == shown else 0
        new = [*asked[again:], *_messages(span, OUTPUT_MESSAGES)]
        yield from new
        shown = [*asked[:again], *new]


def _messages(span: Span, attribute: str) -> list[Mapping[str, Any]]:
    value = span.attributes.get(attribute, [])
    listed = value if isinstance(value, list) else [value]
    return [
        each if isinstance(each, dict) and isinstance(each.get("parts"), list) else _odd(each)
        for each in listed
    ]


def _odd(value: object) -> dict[str, Any]:
    """Return what is no message of ours as one."""
    return {"role": "user", "parts": [value]}


def _message(message: Mapping[str, Any], name: str) -> dict[str, Any]:
    role = message.get("role")
    made: dict[str, Any] = {"id": name, "role": role if role in _ROLES else "user"}
    content: list[dict[str, str]] = []
    for part in message["parts"]:
        match part:
            case {"type": "reasoning", "content": str(text)} if role == "assistant":
                content.append({"type": "reasoning", "reasoning": text})
            case {"type": "tool_call", "name": called} if role == "assistant":
                made["tool_calls"] = [*made.get("tool_calls", []), _call(part, str(called))]
            case {"type": "tool_call_response", "response": response} if role == "tool":
                made["tool_call_id"] = str(part.get("id", ""))
                content.append(_text(response))
            case {"type": "text", "content": text}:
                content.append(_text(text))
            case _:
                content.append(_text(part))
    return made | {"content": content}


def _text(value: object) -> dict[str, str]:
    plain = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return {"type": "text", "text": plain}


def _call(part: Mapping[str, Any], name: str) -> dict[str, Any]:
    arguments = part.get("arguments")
    given = arguments if isinstance(arguments, dict) else {"arguments": arguments}
    return {"id": str(part.get("id", "")), "function": name, "arguments": given}


def _output(span: Span, name: str) -> dict[str, Any]:
    finish = span.attributes.get(FINISH_REASONS)
    reason = str(finish[0]) if isinstance(finish, list) and finish else "stop"
    return {
        "model": model_of(span),
        "choices": [
            {
                "message": _message({**each, "role": "assistant"}, f"{name}-answer-{n}"),
                "stop_reason": _FINISH.get(reason, "unknown"),
            }
            for n, each in enumerate(_messages(span, OUTPUT_MESSAGES))
        ],
        "usage": _usage([span]),
        "time": span.seconds,
    }


def _answer(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return what was said last, without the reasoning."""
    last = messages[-1] if messages else {}
    if last.get("role") in _PROMPTS:
        return ""
    return "\n".join(part["text"] for part in last.get("content", ()) if part["type"] == "text")


def _usage(calls: Sequence[Span]) -> dict[str, int]:
    read, wrote = (
        sum(_count(span.attributes.get(name)) for span in calls)
        for name in (INPUT_TOKENS, OUTPUT_TOKENS)
    )
    return {"input_tokens": read, "output_tokens": wrote, "total_tokens": read + wrote}


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _plain(span: Span) -> dict[str, Any]:
    return {"name": span.name, "seconds": span.seconds, "attributes": dict(span.attributes)}
