"""Chat completions as JSON, from the asking side: our request out, any provider's answer in.

Source: https://platform.openai.com/docs/api-reference/chat; `reasoning_content` and `reasoning`
are what DeepSeek, vLLM and OpenRouter add to it.
"""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from runner.core.chat import ChatRequest, ChatResponse, Message, Tool, ToolCall, Usage
from runner.core.problem import dotted, shown
from runner.lm.error import LmError, UnansweredError
from runner.lm.params import Prices

Limit = Literal["max_tokens", "max_completion_tokens"]
_MILLION = 1_000_000


class _Answer(BaseModel):
    """A part of a provider's answer; what we do not read may be anything."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class _Function(_Answer):
    name: str
    arguments: str | dict[str, Any] = ""


class _Call(_Answer):
    id: str | None = None
    function: _Function


class _Part(_Answer):
    text: str = ""


class _Message(_Answer):
    content: str | list[_Part] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: Any = None
    tool_calls: list[_Call] | None = None


class _Choice(_Answer):
    message: _Message
    finish_reason: str | None = None


class _Read(_Answer):
    cached_tokens: NonNegativeInt | None = None


class _Wrote(_Answer):
    reasoning_tokens: NonNegativeInt | None = None


class _Usage(_Answer):
    prompt_tokens: NonNegativeInt = 0
    completion_tokens: NonNegativeInt = 0
    total_tokens: NonNegativeInt = 0
    prompt_tokens_details: _Read | None = None
    completion_tokens_details: _Wrote | None = None


class _Completion(_Answer):
    choices: list[_Choice]
    model: str | None = None
    usage: _Usage | None = None


def outgoing(request: ChatRequest, *, name: str, limit: Limit) -> dict[str, Any]:
    """Return the body of a request.

    Args:
        request: What to ask.
        name: The model's name at the endpoint.
        limit: What the endpoint calls the bound on an answer's tokens.
    """
    drawn = request.decoding
    optional = {
        "top_p": drawn.top_p,
        "seed": drawn.seed,
        "stop": list(drawn.stop) or None,
        "tools": [_tool(each) for each in request.tools] or None,
    }
    return {
        "model": name,
        "messages": [_message(each) for each in request.messages],
        "temperature": drawn.temperature,
        limit: drawn.max_tokens,
        **{key: value for key, value in optional.items() if value is not None},
    }


def incoming(data: bytes, *, where: str) -> ChatResponse:
    """Read an answer; its cost and seconds are for others to fill in.

    Args:
        data: The body of a successful answer.
        where: The endpoint, for messages.

    Raises:
        UnansweredError: the body is damaged, empty, or an error after all.
        LmError: the endpoint is no such endpoint, or does not count tokens.
    """
    raw = _parsed(data, where)
    try:
        answer = _Completion.model_validate(raw)
    except ValidationError as err:
        raise UnansweredError(f"{where}: {_misfit(raw, err)}") from err
    if not answer.choices:
        raise UnansweredError(f"{where}: the answer has no choices; expected one")
    choice = answer.choices[0]
    said = choice.message
    response = ChatResponse(
        text=_text(said.content) or said.refusal or "",
        reasoning=said.reasoning_content
        or (said.reasoning if isinstance(said.reasoning, str) else ""),
        tool_calls=tuple(_call(each, index) for index, each in enumerate(said.tool_calls or ())),
        usage=_usage(answer.usage or _Usage()),
        finish=choice.finish_reason or "stop",
        model=answer.model or "",
        raw=raw,
    )
    _refuse_stub(response, where)
    return response


def cost_usd(usage: Usage, prices: Prices | None) -> float:
    """Return what an answer costs in US dollars; cached input costs as fresh unless declared."""
    if prices is None:
        return 0.0
    cached = prices.input if prices.cached is None else prices.cached
    fresh = max(usage.tokens_in - usage.cached_tokens, 0)
    total = fresh * prices.input + usage.cached_tokens * cached + usage.tokens_out * prices.output
    return total / _MILLION


def said_in(data: bytes) -> tuple[str, str, str]:
    """Return an error body's message, code and parameter, "" each where it does not say."""
    try:
        found = json.loads(data)
    except ValueError:
        return ("" if _is_page(data) else data[:200].decode(errors="replace").strip()), "", ""
    error = found.get("error", found) if isinstance(found, dict) else found
    if not isinstance(error, dict):
        return str(error)[:200], "", ""
    message = error.get("message") or error.get("detail") or json.dumps(error)[:200]
    code = error.get("code") or error.get("type")
    return str(message), str(code or ""), str(error.get("param") or "")


def _message(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        found["tool_calls"] = [
            {
                "id": each.id,
                "type": "function",
                "function": {"name": each.name, "arguments": each.arguments},
            }
            for each in message.tool_calls
        ]
    if message.role == "tool":
        found["tool_call_id"] = message.tool_call_id
    return found


def _tool(tool: Tool) -> dict[str, Any]:
    parameters = tool.parameters or {"type": "object", "properties": {}}
    function = {"name": tool.name, "description": tool.description, "parameters": parameters}
    return {"type": "function", "function": function}


def _parsed(data: bytes, where: str) -> dict[str, Any]:
    if _is_page(data):
        raise LmError(f"{where}: a web page instead of an answer; base_url should end in /v1 or so")
    try:
        raw = json.loads(data)
    except ValueError as err:
        start = shown(data[:80].decode(errors="replace"))
        found = f"is cut short or no JSON ({len(data)} bytes: {start})" if data else "is empty"
        raise UnansweredError(f"{where}: the answer {found}") from err
    if b"\\ud" in data.lower():  # half a character has no UTF-8 form and could not be written
        raw = json.loads(json.dumps(raw, ensure_ascii=False).encode(errors="replace"))
    if not isinstance(raw, dict):
        raise UnansweredError(f"{where}: the answer is {shown(raw)}; expected a mapping")
    if raw.get("error"):
        raise UnansweredError(f"{where}: {said_in(data)[0]}")
    return raw


def _is_page(data: bytes) -> bool:
    start = data[:200].lstrip().lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<body"))


def _misfit(raw: dict[str, Any], err: ValidationError) -> str:
    first = err.errors(include_url=False)[0]
    if first["loc"] == ("choices",):
        keys = ", ".join(raw) or "none"
        return f"the answer is no chat completion; expected choices, got the keys {keys}"
    return f"the answer does not fit at {dotted(first['loc'])}: {first['msg'].lower()}"


def _text(content: str | list[_Part] | None) -> str:
    if isinstance(content, list):
        return "".join(each.text for each in content)
    return content or ""


def _call(call: _Call, index: int) -> ToolCall:
    found = call.function.arguments
    arguments = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return ToolCall(id=call.id or f"call_{index}", name=call.function.name, arguments=arguments)


def _usage(usage: _Usage) -> Usage:
    """Count thoughts among what was written: some providers have them in the total alone."""
    read, wrote = usage.prompt_tokens_details, usage.completion_tokens_details
    return Usage(
        tokens_in=usage.prompt_tokens,
        tokens_out=max(usage.completion_tokens, usage.total_tokens - usage.prompt_tokens),
        cached_tokens=(read.cached_tokens if read else None) or 0,
        reasoning_tokens=(wrote.reasoning_tokens if wrote else None) or 0,
    )


def _refuse_stub(response: ChatResponse, where: str) -> None:
    """Refuse an answer that nobody counted: a stub, or a proxy that hides what it costs."""
    usage = response.usage
    if (response.text or response.tool_calls) and not (usage.tokens_in and usage.tokens_out):
        raise LmError(
            f"{where}: an answer with {usage.tokens_in} tokens in and {usage.tokens_out} out is a "
            "stub; an endpoint that reports usage is needed"
        )
