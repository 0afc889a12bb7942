"""Conversations cut into turns: what the assistant said, and what its calls were answered."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.core.chat import Message, ToolCall


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the assistant.

    Attributes:
        answers: What its calls were answered, one for each, in the order of the calls.
    """

    said: Message
    answers: tuple[Message, ...] = ()

    @property
    def pairs(self) -> tuple[tuple[ToolCall, Message], ...]:
        """Each call with its answer."""
        return tuple(zip(self.said.tool_calls, self.answers, strict=True))

    def with_pairs(self, pairs: Sequence[tuple[ToolCall, Message]]) -> "Turn":
        """Return the turn with these calls alone."""
        said = self.said.model_copy(update={"tool_calls": tuple(call for call, _ in pairs)})
        return Turn(said, tuple(answer for _, answer in pairs))


Part = Turn | Message
"""A turn, or a message of the system or the user."""


def parts_of(messages: Sequence[Message]) -> tuple[Part, ...] | None:
    """Cut a conversation into turns; None where an answer belongs to no call before it.

    A call that nobody answered, as where an agent was interrupted, is left out, and so is one of
    two answers to the same call.
    """
    parts: list[Part] = []
    at = 0
    while at < len(messages):
        said = messages[at]
        end = at + 1
        while end < len(messages) and messages[end].role == "tool":
            end += 1
        if said.role == "assistant":
            turn = _turn(said, messages[at + 1 : end])
            if turn is None:
                return None
            parts.append(turn)
        elif said.role == "tool" or end > at + 1:
            return None
        else:
            parts.append(said)
        at = end
    return tuple(parts)


def messages_of(parts: Sequence[Part]) -> tuple[Message, ...]:
    """Join turns to a conversation, its calls numbered anew: `call_0`, `call_1`."""
    return tuple(_numbered(parts))


def carried_on(turn: Turn, pairs: Sequence[tuple[ToolCall, Message]]) -> Turn | None:
    """Return a turn with fewer calls; None where none is left, since its text announced them."""
    if len(pairs) == len(turn.answers):
        return turn
    return turn.with_pairs(pairs) if pairs else None


def arguments_of(call: ToolCall) -> dict[str, object] | None:
    """Return a call's arguments; None where they are no JSON object or it has no name."""
    try:
        found = json.loads(call.arguments)
        json.dumps(found, allow_nan=False)  # 1e999 is JSON, and its value is not
    except (ValueError, RecursionError):
        return None
    return found if call.name and isinstance(found, dict) else None


def refused(answer: Message) -> bool:
    """Say whether an answer is a refusal, `{"error": ...}`: the call changed nothing."""
    if '"error"' not in answer.content:
        return False
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and set(found) == {"error"}


def _turn(said: Message, answers: Sequence[Message]) -> Turn | None:
    known = {call.id for call in said.tool_calls}
    first: dict[str, Message] = {}
    for answer in answers:
        if answer.tool_call_id not in known:
            return None
        first.setdefault(answer.tool_call_id, answer)
    pairs = [(call, first.pop(call.id)) for call in said.tool_calls if call.id in first]
    return Turn(said, ()).with_pairs(pairs)


def _numbered(parts: Sequence[Part]) -> Iterator[Message]:
    number = 0
    for part in parts:
        if isinstance(part, Message):
            yield part
            continue
        ids = [f"call_{number + each}" for each in range(len(part.answers))]
        calls = zip(part.said.tool_calls, ids, strict=True)
        named = tuple(call.model_copy(update={"id": id_}) for call, id_ in calls)
        yield part.said.model_copy(update={"tool_calls": named})
        for answer, id_ in zip(part.answers, ids, strict=True):
            yield answer.model_copy(update={"tool_call_id": id_})
        number += len(ids)
