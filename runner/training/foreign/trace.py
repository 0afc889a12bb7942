"""Traces of git-loop: gzip JSON lines, one span each, in OpenTelemetry's words.

A chat model is told the whole conversation at each call, so the last call of one has all of it. An
episode begins with a span `invoke_agent`, and each of its answers then holds what is new.

Source: OpenTelemetry semantic conventions 1.41, "Generative AI"; `runner/trace`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.core.episode import Episode, Mark
from runner.trace.error import TraceError
from runner.trace.file import read_trace
from runner.trace.span import (
    AGENT,
    CASE,
    CONVERSATION,
    ERROR,
    INPUT_MESSAGES,
    MODEL,
    OPERATION,
    OUTPUT_MESSAGES,
    REP,
    SCORES,
    SYSTEM,
    VERDICT,
    Span,
)
from runner.training.foreign.scribe import Scribe
from runner.training.foreign.source import (
    ForeignError,
    Imported,
    Source,
    Told,
    items,
    mapping,
    words,
)

NAME = "trace"
PARTIAL = "partial"
"""The metric that is a mark."""


@dataclass(slots=True)
class _Talk:
    """A conversation.

    Attributes:
        spans: Its calls, each with what is new in it.
        grows: It is an episode; otherwise its only call has all of it.
        agent: Who acted.
        id: What the trace calls it; "" where it does not.
    """

    spans: list[Span]
    grows: bool = False
    agent: str = ""
    id: str = ""


def read(source: Source) -> Imported:
    """Return a trace's conversations; its verdict's `partial`, if it has one, marks a lone one.

    Raises:
        ForeignError: it is no trace; one that was cut short is read as far as it goes.
    """
    told = Told(source.name)
    try:
        trace = read_trace(source.data, name=source.name)
    except TraceError as err:
        raise ForeignError(str(err)) from err
    if not trace.whole:
        told.damage(len(trace.spans) + 1, "the trace ends here: it is damaged, or was cut short")
    talks = [talk for talk in _talks(trace.spans, told) if talk.spans]
    verdict = next((span for span in reversed(trace.spans) if span.name == VERDICT), None)
    said: Mapping[str, Any] = {} if verdict is None else verdict.attributes
    mark = _mark(mapping(said.get(SCORES))) if len(talks) == 1 else None
    rep = said.get(REP)
    first = rep if isinstance(rep, int) and rep >= 0 else 0
    found = [
        _episode(talk, words(said.get(CASE)) or talk.id, first + number, mark, told)
        for number, talk in enumerate(talks)
    ]
    return told.imported(tuple(each for each in found if each is not None))


def _talks(spans: Sequence[Span], told: Told) -> list[_Talk]:
    """Tell conversations apart."""
    talks: list[_Talk] = []
    for span in spans:
        attributes = span.attributes
        if attributes.get(OPERATION) == "invoke_agent":
            agent, name = words(attributes.get(AGENT)), words(attributes.get(CONVERSATION))
            talks.append(_Talk([], grows=True, agent=agent, id=name))
        elif attributes.get(OPERATION) != "chat":
            told.skip(f"span {span.name.partition(' ')[0]}")
        elif attributes.get(ERROR) or not items(attributes.get(OUTPUT_MESSAGES)):
            told.skip("call that failed")
        elif talks and talks[-1].grows:
            talks[-1].spans.append(span)
        elif talks and _goes_on(talks[-1].spans[-1], span):
            talks[-1].spans = [span]
        else:
            talks.append(_Talk([span], agent=words(attributes.get(MODEL)), id=told.name))
    return talks


def _goes_on(before: Span, after: Span) -> bool:
    """Say whether a call's messages begin with all that an earlier one was asked, and more."""
    asked, then = (items(span.attributes.get(INPUT_MESSAGES)) for span in (before, after))
    return len(then) > len(asked) and then[: len(asked)] == asked


def _episode(talk: _Talk, task: str, sample: int, mark: Mark | None, told: Told) -> Episode | None:
    scribe = Scribe(told)
    for span in talk.spans:
        for part in map(mapping, items(span.attributes.get(SYSTEM))):
            scribe.say("system", words(part.get("content")))
        for name in (INPUT_MESSAGES, OUTPUT_MESSAGES):
            for message in map(mapping, items(span.attributes.get(name))):
                _take(message, scribe, told)
    answer = mapping((items(talk.spans[-1].attributes.get(OUTPUT_MESSAGES)) or [{}])[-1])
    return scribe.episode(
        f"{NAME}:{task}",
        template=NAME,
        agent=talk.agent,
        sample=sample,
        ended="truncated" if answer.get("finish_reason") == "length" else None,
        mark=mark,
    )


def _take(message: Mapping[str, Any], scribe: Scribe, told: Told) -> None:
    role = message.get("role")
    for part in map(mapping, items(message.get("parts"))):
        match part.get("type"), role:
            case "text", "assistant":
                scribe.speak(words(part.get("content")))
            case "text", ("system" | "user") as other:
                scribe.say(other, words(part.get("content")))
            case "tool_call", "assistant":
                id_, name = words(part.get("id")), words(part.get("name"))
                scribe.call(id_, name, part.get("arguments"))
            case "tool_call_response", _:
                response = part.get("response", part.get("result"))
                text = response if isinstance(response, str) else json.dumps(response)
                scribe.answer(words(part.get("id")), text)
            case other_type, other_role:
                told.skip(f"part of type {other_type} of {other_role}")


def _mark(scores: Mapping[str, Any]) -> Mark | None:
    value = scores.get(PARTIAL)
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return Mark(
        partial=value, plain=value, objectives=1, passed=int(value == 1), guards=0, broken=0
    )
