"""Traces of git-loop: gzip JSON lines, one span each, in OpenTelemetry's words.

A model is told the whole conversation at each call, so the last call of a conversation has all of
it. Source: OpenTelemetry semantic conventions 1.41, "Generative AI"; `runner/trace`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.core.episode import Episode, Mark
from runner.trace.error import TraceError
from runner.trace.file import read_trace
from runner.trace.span import (
    CASE,
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


def read(source: Source) -> Imported:
    """Return a trace's conversations; its verdict's `partial`, if it has one, marks a lone one."""
    told = Told(source.name)
    try:
        trace = read_trace(source.data, name=source.name)
    except TraceError as err:
        raise ForeignError(str(err)) from err
    if not trace.whole:
        told.damage(len(trace.spans) + 1, "the trace ends here: it is damaged, or was cut short")
    last = _last_calls(trace.spans, told)
    verdict = next((span for span in reversed(trace.spans) if span.name == VERDICT), None)
    told_of: Mapping[str, Any] = {} if verdict is None else verdict.attributes
    mark = _mark(mapping(told_of.get(SCORES))) if len(last) == 1 else None
    task = words(told_of.get(CASE)) or source.name
    rep = told_of.get(REP)
    first = rep if isinstance(rep, int) and rep >= 0 else 0
    found = [
        _episode(span, f"{NAME}:{task}", first + number, mark, told)
        for number, span in enumerate(last)
    ]
    return told.imported(tuple(each for each in found if each is not None))


def _last_calls(spans: Sequence[Span], told: Told) -> list[Span]:
    """Return the last call of each conversation: one that goes on says all that was said before."""
    last: list[Span] = []
    for span in spans:
        if span.attributes.get(OPERATION) != "chat":
            told.skip(f"span {span.name.partition(' ')[0]}")
        elif span.attributes.get(ERROR) or not items(span.attributes.get(OUTPUT_MESSAGES)):
            told.skip("call that failed")
        elif last and _goes_on(last[-1], span):
            last[-1] = span
        else:
            last.append(span)
    return last


def _goes_on(before: Span, after: Span) -> bool:
    """Say whether a call's messages begin with all that an earlier one was asked, and more."""
    asked, then = (items(span.attributes.get(INPUT_MESSAGES)) for span in (before, after))
    return len(then) > len(asked) and then[: len(asked)] == asked


def _episode(span: Span, task: str, sample: int, mark: Mark | None, told: Told) -> Episode | None:
    scribe = Scribe(told)
    attributes = span.attributes
    for part in map(mapping, items(attributes.get(SYSTEM))):
        scribe.say("system", words(part.get("content")))
    for name in (INPUT_MESSAGES, OUTPUT_MESSAGES):
        for message in map(mapping, items(attributes.get(name))):
            _take(message, scribe, told)
    answer = mapping((items(attributes.get(OUTPUT_MESSAGES)) or [{}])[-1])
    return scribe.episode(
        task,
        template=NAME,
        agent=words(attributes.get(MODEL)),
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
                scribe.answer(words(part.get("id")), words(response))
            case other_type, other_role:
                told.skip(f"part of type {other_type} of {other_role}")


def _mark(scores: Mapping[str, Any]) -> Mark | None:
    value = scores.get(PARTIAL)
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return Mark(
        partial=value, plain=value, objectives=1, passed=int(value == 1), guards=0, broken=0
    )
