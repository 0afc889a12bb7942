"""The clerk as a chat model: deterministic, offline, free.

It stands in for a frontier model where none can run. It is no language model: of prose it
understands nothing. Its answers are what the rules of its instructions say, read literally
(`grammar.py`), and its edits are what it can count in the cases that it is shown (`learn.py`). It
holds no table of answers and knows neither a task nor an eval.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from runner.core.build import MisfitError, build
from runner.core.chat import ChatModel, ChatRequest, ChatResponse, Role, Usage
from runner.lm.clerk.answer import HEADING, asked
from runner.lm.clerk.desk import Desk
from runner.lm.clerk.improve import improve
from runner.lm.clerk.params import Params
from runner.lm.error import LmError

META = "You improve the instructions of another agent."
"""The first line of a system message that asks for an edit instead of an answer."""

_NAME = "scripted:clerk"
_LETTERS = 4  # per token, about


class Clerk:
    """Answers by written rules, or improves them; see the module."""

    def __init__(self, params: Params) -> None:
        self._params = params

    @property
    def name(self) -> str:
        """The same for every setting: what differs stands in the eval's `with`."""
        return _NAME

    def complete(self, request: ChatRequest) -> ChatResponse:
        """Answer the last user message by the system message; without one no rule holds."""
        system = _last(request, "system")
        asked_for = _last(request, "user")
        if system.startswith(META):
            reply = improve(asked_for, self._params)
        else:
            reply = _desk(system, self._params).answer(asked_for)
        thought = _tokens(reply.reasoning)
        usage = Usage(
            tokens_in=_tokens(system) + _tokens(asked_for),
            tokens_out=_tokens(reply.text) + thought,
            reasoning_tokens=thought,
        )
        return ChatResponse(text=reply.text, reasoning=reply.reasoning, usage=usage, model=_NAME)


def clerk(**given: Any) -> ChatModel:  # noqa: ANN401 - the `with` of a YAML file
    """Open a clerk.

    Args:
        given: The `with` of `{kind: scripted, script: clerk}`; see `params.Params`.

    Raises:
        LmError: a parameter is unknown or out of range.
    """
    return _open(given)


def _open(given: Mapping[str, Any]) -> Clerk:
    try:
        return Clerk(build(Params, given))
    except MisfitError as err:
        told = "; ".join(
            f"{'.'.join(map(str, each.pointer))}: {each.text}" for each in err.complaints
        )
        raise LmError(f"script clerk: with: {told}") from err


@lru_cache(maxsize=256)
def _desk(system: str, params: Params) -> Desk:
    if system.startswith(f"{HEADING}\n"):
        return Desk.of("", asked(system), params)
    body, _, paragraph = system.rpartition(f"\n{HEADING}\n")
    return Desk.of(body if paragraph else system, asked(paragraph), params)


def _last(request: ChatRequest, role: Role) -> str:
    return next((each.content for each in reversed(request.messages) if each.role == role), "")


def _tokens(text: str) -> int:
    return math.ceil(len(text) / _LETTERS)
