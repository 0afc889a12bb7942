"""The same experience as text: curated conversations as a skill file for a system message.

What is put into the weights of one model can so be put into the context of another, and the two be
compared at what they cost.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from runner.core.chat import Message, ToolCall
from runner.training.errors import TrainingError

TITLE = "# How tasks were done before"


class SkillError(TrainingError):
    """No skill can be written of what was learned, or not as short as it must be."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One curated conversation.

    Attributes:
        template: Kind of the task; "" where it has none.
        messages: As the agent read and wrote them.
    """

    template: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is known of one kind of task.

    Attributes:
        calls: The tools of the commonest way, in order.
        examples: Conversations in short form: that way first, then the shortest.
    """

    name: str
    calls: tuple[str, ...]
    examples: tuple[str, ...]


def skill_file(
    lessons: Sequence[Lesson], *, max_tokens: int, count_tokens: Callable[[str], int]
) -> str:
    """Return Markdown of at most `max_tokens`: for each kind of task its calls, then examples.

    The calls of every kind come before the first example, and an example of every kind before the
    second of any; kinds with more lessons come first. What does not fit is left out.

    Args:
        lessons: Curated conversations.
        max_tokens: What the context has room for.
        count_tokens: Of a text, by the model that is to read it.

    Raises:
        SkillError: there is no lesson, or not even the calls of one kind fit.
    """
    if not lessons:
        raise SkillError("no lesson to write down; curate at least one conversation")
    kinds = _kinds(lessons)
    shown: dict[str, int] = {}
    for step in range(1 + max(len(kind.examples) for kind in kinds)):
        for kind in kinds:
            due = step <= len(kind.examples) and shown.get(kind.name, -1) == step - 1
            if due and count_tokens(_page(kinds, {**shown, kind.name: step})) <= max_tokens:
                shown[kind.name] = step
    if not shown:
        least = count_tokens(_page(kinds, {kinds[0].name: 0}))
        raise SkillError(f"max_tokens {max_tokens} holds no lesson; the first takes {least}")
    return _page(kinds, shown)


def _kinds(lessons: Sequence[Lesson]) -> list[_Kind]:
    groups: dict[str, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        groups[lesson.template].append(lesson)
    ranked = sorted(groups, key=lambda name: (-len(groups[name]), name))
    return [_kind(name, groups[name]) for name in ranked]


def _kind(name: str, lessons: Sequence[Lesson]) -> _Kind:
    ways = Counter(map(_calls, lessons))
    best = min(ways, key=lambda way: (-ways[way], len(way), way))
    examples = {_short(each.messages): _calls(each) for each in lessons}
    ranked = sorted(examples, key=lambda text: (examples[text] != best, len(text), text))
    return _Kind(name=name, calls=best, examples=tuple(ranked))


def _calls(lesson: Lesson) -> tuple[str, ...]:
    return tuple(call.name for message in lesson.messages for call in message.tool_calls)


def _page(kinds: Sequence[_Kind], shown: Mapping[str, int]) -> str:
    parts = [TITLE]
    for kind in kinds:
        if kind.name in shown:
            parts.append(f"## {kind.name or 'any task'}")
            parts.append(f"Calls: {', '.join(kind.calls) or 'none'}")
            parts += kind.examples[: shown[kind.name]]
    return "\n\n".join(parts) + "\n"


def _short(messages: Sequence[Message]) -> str:
    """Return a conversation as an agent reads and writes it, without its system message."""
    said = (_said(each) for each in messages if each.role != "system")
    return "\n".join(filter(None, said))


def _said(message: Message) -> str:
    calls = [f"<tool_call>\n{_body(call)}\n</tool_call>" for call in message.tool_calls]
    return "\n".join([message.content] * bool(message.content) + calls)


def _body(call: ToolCall) -> str:
    name = json.dumps(call.name, ensure_ascii=False)
    return f'{{"name": {name}, "arguments": {call.arguments}}}'
