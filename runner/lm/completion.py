"""Chat completions as JSON, from the answering side: what is said, whole or in pieces.

Source: https://platform.openai.com/docs/api-reference/chat; `reasoning_content` is what DeepSeek
and vLLM add to it.
"""

import re
from collections.abc import Iterator
from typing import Any

from runner.core.chat import ChatResponse, ToolCall, Usage

_FINISHES = {"stop", "length", "tool_calls", "content_filter"}
_PIECE = re.compile(r"\S+\s*|\s+")


def completion(response: ChatResponse, *, id_: str, model: str) -> dict[str, Any]:
    """Return an answer as one object; `created` is 0, since equal requests are answered equally."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": response.text or (None if response.tool_calls else ""),
        "refusal": None,
    }
    if response.reasoning:
        message["reasoning_content"] = response.reasoning
    if response.tool_calls:
        message["tool_calls"] = [_call(each) for each in response.tool_calls]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(response)}
    return {
        **_head("chat.completion", id_, model),
        "choices": [choice],
        "usage": _usage(response.usage),
    }


def chunks(
    response: ChatResponse, *, id_: str, model: str, counted: bool
) -> Iterator[dict[str, Any]]:
    """Yield an answer in pieces, its usage last if it is wanted."""
    head = _head("chat.completion.chunk", id_, model)
    for delta in _deltas(response):
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        yield {**head, "choices": [choice]}
    end = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": _finish(response)}
    yield {**head, "choices": [end]}
    if counted:
        yield {**head, "choices": [], "usage": _usage(response.usage)}


def _deltas(response: ChatResponse) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    for piece in _PIECE.findall(response.reasoning):
        yield {"reasoning_content": piece}
    for piece in _PIECE.findall(response.text):
        yield {"content": piece}
    for index, call in enumerate(response.tool_calls):
        began = _call(call)
        began["function"] = {"name": call.name, "arguments": ""}
        yield {"tool_calls": [{"index": index, **began}]}
        yield {"tool_calls": [{"index": index, "function": {"arguments": call.arguments}}]}


def _head(kind: str, id_: str, model: str) -> dict[str, Any]:
    return {"id": id_, "object": kind, "created": 0, "model": model}


def _finish(response: ChatResponse) -> str:
    return response.finish if response.finish in _FINISHES else "stop"


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.tokens_in,
        "completion_tokens": usage.tokens_out,
        "total_tokens": usage.tokens_in + usage.tokens_out,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }
