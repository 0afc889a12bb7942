"""Chat completions as JSON, from the answering side: what may be asked; `completion` has the rest.

Source: https://platform.openai.com/docs/api-reference/chat and its page on error codes. What
would change an answer and cannot is refused; what changes none is taken and left alone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from runner.core.chat import ChatRequest, Decoding, Message, Tool, ToolCall
from runner.core.errors import LoopError
from runner.core.problem import dotted, shown

_UNHEARD = frozenset(
    {
        "metadata",
        "parallel_tool_calls",
        "prompt_cache_key",
        "reasoning_effort",
        "safety_identifier",
        "service_tier",
        "store",
        "user",
        "verbosity",
    }
)
"""Parameters that change no answer here."""

_NEUTRAL: Mapping[str, tuple[object, ...]] = {
    "frequency_penalty": (0,),
    "functions": ([],),
    "logit_bias": ({},),
    "logprobs": (False,),
    "modalities": (["text"],),
    "n": (1,),
    "presence_penalty": (0,),
    "response_format": ({"type": "text"},),
    "tool_choice": ("auto", "none"),
    "top_logprobs": (0,),
}
"""Parameters that would change an answer, and the values with which they do not."""

UNREADABLE = "We could not parse the JSON body of your request."


class RefusedError(LoopError):
    """A request that the server refuses, in OpenAI's shape."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": kind, "param": param, "code": code}

    @property
    def body(self) -> bytes:
        """The answer's body."""
        return json.dumps({"error": self.error}).encode()


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class _Text(_Part):
    type: Literal["text"]
    text: str


class _Function(_Part):
    name: str
    arguments: str


class _Call(_Part):
    id: str
    type: Literal["function"] = "function"
    function: _Function


class _Message(_Part):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_Text] | None = None
    name: str | None = None
    refusal: None = None
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None


class _Definition(_Part):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class _Tool(_Part):
    type: Literal["function"]
    function: _Definition


class _StreamOptions(_Part):
    include_usage: bool = False
    include_obfuscation: bool = False


class _Body(_Part):
    model: str
    messages: Annotated[list[_Message], Field(min_length=1)]
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: PositiveInt | None = None
    max_completion_tokens: PositiveInt | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    tools: list[_Tool] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was understood.

    Attributes:
        model: The name that was asked for.
        stream: The answer is wanted in pieces.
        counted: Of a stream: with usage at its end.
    """

    request: ChatRequest
    model: str
    stream: bool
    counted: bool


def asked(data: bytes) -> Asked:
    """Read the body of a request.

    Raises:
        RefusedError: 400, and which parameter is wrong.
    """
    try:
        body = json.loads(data)
    except ValueError as err:
        raise RefusedError(400, UNREADABLE) from err
    if not isinstance(body, dict):
        raise RefusedError(400, f"Invalid body: expected an object, got {shown(body)}.")
    try:
        found = _Body.model_validate_json(json.dumps(_heard(body)))
    except ValidationError as err:
        raise _misfit(err) from err
    options = found.stream_options
    silent = body.get("tool_choice") == "none"
    return Asked(
        request=ChatRequest(
            messages=tuple(_message(each) for each in found.messages),
            decoding=_decoding(found),
            tools=() if silent else tuple(_tool(each) for each in found.tools or ()),
        ),
        model=found.model,
        stream=bool(found.stream),
        counted=options is not None and options.include_usage,
    )


def _heard(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that count.

    Raises:
        RefusedError: one that cannot be done, or none that exists.
    """
    for name, neutral in _NEUTRAL.items():
        if body.get(name) is not None and body[name] not in neutral:
            text = f"Unsupported value: '{name}' does not support {json.dumps(body[name])} here."
            raise RefusedError(400, text, param=name, code="unsupported_value")
    for name in body:
        if name not in _Body.model_fields and name not in _NEUTRAL and name not in _UNHEARD:
            raise RefusedError(400, f"Unrecognized request argument supplied: {name}", param=name)
    return {name: value for name, value in body.items() if name in _Body.model_fields}


def _misfit(err: ValidationError) -> RefusedError:
    first = err.errors(include_url=False)[0]
    if first["type"] == "json_invalid":  # half a character, which Python's reader lets through
        return RefusedError(400, UNREADABLE)
    known = [part for part in first["loc"] if isinstance(part, int) or part.islower()]
    param = dotted(tuple(part for part in known if part not in {"str", "list[_text]"}))
    if first["type"] == "missing":
        text = f"Missing required parameter: '{param}'."
        return RefusedError(400, text, param=param, code="missing_required_parameter")
    text = f"Invalid value for '{param}': {first['msg'].lower()}."
    return RefusedError(400, text, param=param, code="invalid_value")


def _message(message: _Message) -> Message:
    content = message.content
    text = content if isinstance(content, str) else "".join(each.text for each in content or ())
    calls = tuple(
        ToolCall(id=each.id, name=each.function.name, arguments=each.function.arguments)
        for each in message.tool_calls or ()
    )
    role = "system" if message.role == "developer" else message.role
    return Message(
        role=role, content=text, tool_calls=calls, tool_call_id=message.tool_call_id or ""
    )


def _tool(tool: _Tool) -> Tool:
    found = tool.function
    return Tool(
        name=found.name, description=found.description or "", parameters=found.parameters or {}
    )


def _decoding(body: _Body) -> Decoding:
    """Return how to draw the answer; a request that does not say is sampled at 1, as documented."""
    stop = [body.stop] if isinstance(body.stop, str) else body.stop or []
    limit = body.max_completion_tokens or body.max_tokens
    return Decoding(
        temperature=1.0 if body.temperature is None else body.temperature,
        top_p=body.top_p,
        seed=body.seed,
        stop=tuple(stop),
        **({} if limit is None else {"max_tokens": limit}),
    )
