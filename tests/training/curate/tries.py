"""Episodes by hand, and a runtime that reads and writes as Hermes does."""

import json
from collections.abc import Sequence

from runner.core.chat import Message, Tool, ToolCall
from runner.core.episode import Ended, Episode, Mark
from runner.training.curate.draft import Runtime
from runner.training.row import TrainingRow

TOOLS = (Tool(name="find"), Tool(name="send"))


def parse(text: str) -> Sequence[ToolCall]:
    calls = []
    for block in text.split("<tool_call>\n")[1:]:
        body = block.partition("\n</tool_call>")[0]
        try:
            said = json.loads(body)
            calls.append(
                ToolCall(id="", name=said["name"], arguments=json.dumps(said["arguments"]))
            )
        except (ValueError, KeyError, TypeError):
            calls.append(ToolCall(id="", name="", arguments=body))
    return calls


def render(text: str, calls: Sequence[ToolCall]) -> str:
    bodies = (f'{{"name": "{call.name}", "arguments": {call.arguments}}}' for call in calls)
    return text + "".join(f"<tool_call>\n{body}\n</tool_call>" for body in bodies)


def words(row: TrainingRow) -> int:
    said = (
        f"{each.content} {' '.join(call.arguments for call in each.tool_calls)}"
        for each in row.chat
    )
    return len(" ".join(said).split())


RUNTIME = Runtime(parse=parse, render=render, count_tokens=words)


def mark(partial: float, *, broken: int = 0) -> Mark:
    passed = round(partial * 10)
    return Mark(
        partial=passed / 10, plain=partial, objectives=10, passed=passed, guards=1, broken=broken
    )


def user(text: str) -> Message:
    return Message(role="user", content=text)


def says(text: str) -> Message:
    return Message(role="assistant", content=text)


def calls(*asked: tuple[str, str] | tuple[str, str, str], text: str = "") -> list[Message]:
    """A turn of calls `(name, arguments, answer)`, and its answers; without one it has none."""
    made = [ToolCall(id=f"x{at}", name=each[0], arguments=each[1]) for at, each in enumerate(asked)]
    answers = [
        Message(role="tool", content=each[2], tool_call_id=f"x{at}")
        for at, each in enumerate(asked)
        if len(each) > 2
    ]
    return [Message(role="assistant", content=text, tool_calls=tuple(made)), *answers]


def talk(who: str) -> list[Message]:
    return [
        user(f"Write to {who} about the invoice."),
        *calls(("find", json.dumps({"name": who}), f'[{{"id": "c1", "name": "{who}"}}]')),
        *calls(("send", json.dumps({"to": who}), '{"ok": true}')),
        says("Done."),
    ]


def episode(
    task: str,
    partial: float | None = 1.0,
    *,
    messages: Sequence[Message] | None = None,
    ended: Ended = "answered",
    template: str = "t",
    **more: int,
) -> Episode:
    return Episode(
        task=task,
        template=template,
        sample=more.get("sample", 0),
        messages=tuple(talk(task) if messages is None else messages),
        ended=ended,
        mark=None if partial is None else mark(partial, broken=more.get("broken", 0)),
    )
