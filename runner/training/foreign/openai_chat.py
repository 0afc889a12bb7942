"""Conversations in OpenAI's chat form: `{messages, tools}`, one, a list of them, or one per line.

Training sets for TRL, prime-rl and OpenAI's own fine-tuning are of this form, and so is what
`git-loop` writes.

Source: https://platform.openai.com/docs/api-reference/chat/create, `messages` and `tools`.
"""

from collections.abc import Iterator

from pydantic import ValidationError

from runner.core.chat import Tool
from runner.core.episode import Episode
from runner.training.foreign.scribe import Scribe
from runner.training.foreign.source import (
    Imported,
    Json,
    Source,
    Told,
    items,
    json_of,
    mapping,
    records,
    words,
)

NAME = "openai"


def detects(record: Json) -> bool:
    """Say whether a record is of this format: a conversation, or one message."""
    return isinstance(record.get("messages"), list) or ("role" in record and "content" in record)


def read(source: Source) -> Imported:
    """Return a file's conversations, each a task of its own, by its place."""
    told = Told(source.name)
    found = {
        episode.task: (episode, tuple(_tools(record, told, place)))
        for place, record in _conversations(source, told)
        for episode in _episodes(record, told, place)
    }
    tools = {task: named for task, (_, named) in found.items()}
    return told.imported(tuple(episode for episode, _ in found.values()), tools)


def _episodes(record: Json, told: Told, place: int | str) -> Iterator[Episode]:
    """Yield the one conversation of a record, if it has an answer."""
    if not isinstance(record.get("messages"), list):
        told.damage(place, "no messages")
        return
    scribe = Scribe(told)
    for message in record["messages"]:
        _take(mapping(message), scribe, told, place)
    task = f"{NAME}:{told.name}:{place}"
    found = scribe.episode(task, template=NAME, agent=words(record.get("model")))
    if found is None:
        told.skip("conversation without an answer")
    else:
        yield found


def _conversations(source: Source, told: Told) -> Iterator[tuple[int | str, Json]]:
    """Yield each conversation and its place: its line, or its number in a list."""
    try:
        whole = json_of(source.data)
    except ValueError:
        yield from records(source, told)
        return
    if isinstance(whole, list) and whole and all("role" in mapping(each) for each in whole):
        yield 1, {"messages": whole}
    elif isinstance(whole, list):
        for number, each in enumerate(whole, start=1):
            yield f"[{number}]", mapping(each)
    else:
        yield 1, mapping(whole)


def _take(message: Json, scribe: Scribe, told: Told, place: int | str) -> None:
    said = _text(message.get("content"), told)
    match message.get("role"):
        case "user":
            scribe.say("user", said)
        case "system" | "developer":
            scribe.say("system", said)
        case "assistant":
            scribe.speak(said)
            for call in map(mapping, items(message.get("tool_calls"))):
                function = mapping(call.get("function"))
                name, arguments = words(function.get("name")), function.get("arguments")
                scribe.call(words(call.get("id")), name, arguments)
            for part in ("reasoning_content", "reasoning", "refusal"):
                if message.get(part):
                    told.skip(f"part of type {part}")
        case "tool":
            scribe.answer(words(message.get("tool_call_id")), said)
        case other:
            told.damage(place, f"a message of role {other}; expected one of OpenAI's")


def _text(content: object, told: Told) -> str:
    if isinstance(content, str):
        return content
    texts = []
    for part in map(mapping, items(content)):
        if part.get("type") == "text":
            texts.append(words(part.get("text")))
        else:
            told.skip(f"part of type {part.get('type')}")
    return "\n\n".join(texts)


def _tools(record: Json, told: Told, place: int | str) -> Iterator[Tool]:
    """Yield the tools; a list of them, or that list as JSON text."""
    listed = record.get("tools")
    if isinstance(listed, str):
        try:
            listed = json_of(listed)
        except ValueError:
            told.damage(place, "tools: text that is no JSON")
    for each in map(mapping, items(listed)):
        function = mapping(each.get("function")) or each
        known = {key: function[key] for key in Tool.model_fields if function.get(key) is not None}
        try:
            yield Tool.model_validate(known)
        except ValidationError:
            told.damage(
                place, f"a tool of another form: {words(function.get('name')) or 'no name'}"
            )
