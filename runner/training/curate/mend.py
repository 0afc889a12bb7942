"""Turns taken out of a conversation without changing what it did."""

import json
from collections.abc import Sequence

from runner.core.canonical import canonical, digest
from runner.core.chat import Message, ToolCall
from runner.training.curate.turn import Part, Turn, arguments_of, carried_on, refused

LONGEST_LOOP = 4
"""Turns of the longest block whose repetition is seen."""


def readable(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Leave calls out that cannot be written as `tool_calls`, each with its answer.

    A block that nobody could read changed nothing, and OpenAI's form has no place for it. Arguments
    that can be read are spelt one way, that of the Hermes format: `{"id": "C1", "n": 2}`.
    """
    keep = [[arguments_of(call) is not None for call, _ in _pairs(part)] for part in parts]
    return tuple(_spelt(part) for part in _only(parts, keep))


def corrected(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Leave refused calls out whose tool was called again later and carried it out.

    To keep them would teach the mistake: a row has no mark that spares one turn the loss. A
    refusal changes nothing in the world, so that what follows stays true. A refused call that was
    never made good stays, since the agent may have turned elsewhere because of it.
    """
    later: set[str] = set()
    keep: list[list[bool]] = []
    for part in reversed(parts):
        pairs = _pairs(part)
        keep.append([not refused(answer) or call.name not in later for call, answer in pairs])
        later |= {call.name for call, answer in pairs if not refused(answer)}
    return _only(parts, keep[::-1])


def collapsed(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Leave repetitions out: turns that say, call and hear what the turns just before them did.

    Blocks of up to `LONGEST_LOOP` turns are seen, `A B A B` as well as `A A`. What has an effect
    each time, such as a second mail, is answered with another id, and stays.
    """
    kept: list[Part] = []
    seen: list[str] = []
    for part in parts:
        kept.append(part)
        seen.append(_signature(part))
        for size in range(1, LONGEST_LOOP + 1):
            if seen[-size:] == seen[-2 * size : -size] and all(seen[-size:]):
                del kept[-size:], seen[-size:]
                break
    return tuple(kept)


def turns(parts: Sequence[Part]) -> int:
    """Count the turns."""
    return sum(isinstance(part, Turn) for part in parts)


def _pairs(part: Part) -> tuple[tuple[ToolCall, Message], ...]:
    return part.pairs if isinstance(part, Turn) else ()


def _only(parts: Sequence[Part], keep: Sequence[Sequence[bool]]) -> tuple[Part, ...]:
    left: list[Part] = []
    for part, wanted in zip(parts, keep, strict=True):
        if isinstance(part, Turn):
            pairs = [pair for pair, want in zip(part.pairs, wanted, strict=True) if want]
            turn = carried_on(part, pairs)
            left.extend([] if turn is None else [turn])
        else:
            left.append(part)
    return tuple(left)


def _spelt(part: Part) -> Part:
    if not isinstance(part, Turn):
        return part
    return part.with_pairs([(_respelt(call), answer) for call, answer in part.pairs])


def _respelt(call: ToolCall) -> ToolCall:
    arguments = json.dumps(arguments_of(call), ensure_ascii=False)
    return call.model_copy(update={"arguments": arguments})


def _signature(part: Part) -> str:
    """Return what a turn said, called and heard; "" of what no repetition can hold."""
    if not isinstance(part, Turn) or not part.answers:
        return ""
    calls = [[call.name, call.arguments] for call in part.said.tool_calls]
    heard = [answer.content for answer in part.answers]
    return digest(canonical([part.said.content, calls, heard]))
