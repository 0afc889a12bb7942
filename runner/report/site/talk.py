"""A trace as the viewer shows it: messages, reasoning, tool calls, and what was scored."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from runner.report.number import plural
from runner.report.trace import score_words
from runner.trace.chat import listed, repeated
from runner.trace.file import Trace
from runner.trace.span import (
    CORRECTION,
    ERROR,
    INPUT_MESSAGES,
    INPUT_TOKENS,
    OUTPUT_MESSAGES,
    OUTPUT_TOKENS,
    SCORES,
    TOOL_ARGUMENTS,
    TOOL_RESULT,
    VERDICT,
    Span,
)

Kind = Literal["call", "system", "user", "assistant", "tool", "reasoning", "verdict", "note"]
LONG = 700
"""Characters from which on a part is collapsed."""
MOST = 60_000
"""Characters of a part that a page holds; `git-loop trace show` has all."""
_ROLES: dict[str, Kind] = {
    "system": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was said.

    Attributes:
        who: What stands above it: a role, a tool's name.
        text: What was said, cut at `MOST` characters.
        left: Characters cut off.
    """

    kind: Kind
    who: str
    text: str
    left: int = 0

    @property
    def long(self) -> bool:
        """Tell whether it is collapsed at first."""
        return len(self.text) > LONG or self.kind in {"reasoning", "system"}


def parts(trace: Trace) -> tuple[Part, ...]:
    """Return a trace's parts; messages that a later call repeats stand once."""
    return tuple(_parts(trace))


def _parts(trace: Trace) -> Iterator[Part]:
    shown: list[Any] = []
    for span in trace.spans:
        if span.name == VERDICT:
            yield from _verdict(span)
            continue
        asked = listed(span, INPUT_MESSAGES)
        again = repeated(asked, shown)
        yield _part("call", span.name, _usage(span, again))
        for message in (*asked[again:], *listed(span, OUTPUT_MESSAGES)):
            yield from _message(message)
        yield from _tool(span)
        shown = [*asked, *listed(span, OUTPUT_MESSAGES)] or shown
    if not trace.whole:
        yield _part("note", "cut short", "whoever wrote the trace was stopped here")


def _usage(span: Span, again: int) -> str:
    tokens = [span.attributes.get(name) for name in (INPUT_TOKENS, OUTPUT_TOKENS)]
    told = [f"{tokens[0]} tokens in, {tokens[1]} out"] if tokens != [None, None] else []
    told += [f"{span.seconds:.2f} s"] if span.seconds else []
    told += [f"{plural(again, 'message')} as above"] if again else []
    told += [f"error: {span.attributes[ERROR]}"] if ERROR in span.attributes else []
    return ", ".join(told)


def _verdict(span: Span) -> Iterator[Part]:
    yield _part("verdict", "scores", score_words(span.attributes.get(SCORES)))
    if CORRECTION in span.attributes:
        yield _part("verdict", "right would have been", span.attributes[CORRECTION])


def _tool(span: Span) -> Iterator[Part]:
    if TOOL_ARGUMENTS in span.attributes:
        yield _part("tool", "called with", span.attributes[TOOL_ARGUMENTS])
    if TOOL_RESULT in span.attributes:
        yield _part("tool", "came back", span.attributes[TOOL_RESULT])


def _message(message: object) -> Iterator[Part]:
    if not isinstance(message, Mapping):
        yield _part("note", "message", message)
        return
    role = str(message.get("role", "?"))
    inside = message.get("parts")
    for each in inside if isinstance(inside, list) else [message]:
        yield _inside(role, each)


def _inside(role: str, part: object) -> Part:
    kind: Kind = _ROLES.get(role, "note")
    match part:
        case {"type": "text", "content": text}:
            return _part(kind, role, text)
        case {"type": "reasoning", "content": text}:
            return _part("reasoning", f"{role}, reasoning", text)
        case {"type": "tool_call", "name": name, "arguments": arguments}:
            return _part("tool", f"{role} calls {name}", arguments)
        case {"type": "tool_call_response", "response": response}:
            return _part("tool", f"{role} answers", response)
        case _:
            return _part(kind, role, part)


def _part(kind: Kind, who: str, content: object) -> Part:
    if isinstance(content, str):
        text = content.replace("\r\n", "\n")
    else:
        text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    return Part(kind, who[:200], text[:MOST], max(0, len(text) - MOST))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one candidate's trace of a case says, without what both were asked alike.

    Attributes:
        rep: Repetition, from 0.
    """

    rep: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A case as it was answered by two.

    Attributes:
        asked: What both were asked alike, before either answered.
    """

    asked: tuple[Part, ...]
    candidate: tuple[Side, ...]
    incumbent: tuple[Side, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """All that was said, for the search; each text once."""
        sides = (*self.candidate, *self.incumbent)
        told = (*self.asked, *(part for side in sides for part in side.parts))
        return tuple(dict.fromkeys(part.text for part in told if part.text))


def conversation(candidate: Sequence[Trace], incumbent: Sequence[Trace]) -> Conversation:
    """Put the traces of one case beside one another."""
    ours, theirs = ([parts(trace) for trace in arm] for arm in (candidate, incumbent))
    arms = [_asked(said) for said in (*ours, *theirs)]
    alike = [part for part in arms[0] if all(part in arm for arm in arms)] if arms else []
    return Conversation(
        asked=tuple(alike),
        candidate=_sides(ours, alike),
        incumbent=_sides(theirs, alike),
    )


def _asked(said: Sequence[Part]) -> list[Part]:
    """Return what a user said before anything was answered."""
    end = next((n for n, p in enumerate(said) if p.kind in {"assistant", "tool"}), len(said))
    return [part for part in said[:end] if part.kind == "user"]


def _sides(arm: Sequence[Sequence[Part]], alike: Sequence[Part]) -> tuple[Side, ...]:
    return tuple(
        Side(rep=rep, parts=tuple(part for part in said if part not in alike))
        for rep, said in enumerate(arm)
    )
