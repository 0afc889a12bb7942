"""Policies that need no model: one that makes no mistake, and one that errs."""

import json
import random
from typing import Any

from runner.core.chat import Message, ToolCall
from runner.core.episode import Episode
from runner.worlds.error import WorldError
from runner.worlds.office.hands import Careless, Habit, Hands, Send, Steady, StopError
from runner.worlds.office.score import score
from runner.worlds.office.task import Task
from runner.worlds.office.template.table import TEMPLATES
from runner.worlds.office.world import OfficeWorld

DONE = "Done."
"""What a policy says in the end, whatever it has done."""


class PolicyError(WorldError):
    """An instruction that no template has written."""


def reference(task: Task) -> Episode:
    """Do a task as its template has it, by what the instruction and the world's answers say.

    Raises:
        PolicyError: no template words an instruction like the task's.
    """
    return _episode(task, Steady(), agent="reference")


def demonstrate(task: Task, *, noise: float, rng: random.Random) -> Episode:
    """Do a task as the reference does, but err now and then, and go on from the mistake.

    Args:
        task: What is to be done.
        noise: Probability of an error at each decision, in [0, 1]; 0 is the reference.
        rng: Where errors come from.

    Raises:
        PolicyError: no template words an instruction like the task's.
    """
    return _episode(task, Careless(noise, rng), agent="noisy")


def perform(instruction: str, send: Send, habit: Habit) -> None:
    """Carry out the plan for an instruction until its end, or until its actor stops.

    Raises:
        PolicyError: no template words an instruction like this.
    """
    for template in TEMPLATES.values():
        slots = template.slots(instruction)
        if slots is not None:
            try:
                template.plan(slots, Hands(send, habit))
            except StopError:
                return
            return
    raise PolicyError(f"no template words an instruction like {instruction[:80]!r}")


def _episode(task: Task, habit: Habit, *, agent: str) -> Episode:
    talk = _Talk(task)
    perform(task.instruction, talk.send, habit)
    return talk.episode(agent)


class _Talk:
    """One task's conversation with a world of its own."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._world = OfficeWorld(task.world)
        self._messages = [Message(role="user", content=task.instruction)]
        self._refused = self._calls = 0

    def send(self, tool: str, arguments: dict[str, Any]) -> str:
        self._calls += 1
        text = json.dumps(arguments, ensure_ascii=False)
        call = ToolCall(id=f"call_{self._calls}", name=tool, arguments=text)
        seen = self._world.call(tool, text)
        self._refused += not seen.ok
        self._messages += [
            Message(role="assistant", content="", tool_calls=(call,)),
            Message(role="tool", content=seen.text, tool_call_id=call.id),
        ]
        return seen.text

    def episode(self, agent: str) -> Episode:
        task = self._task
        return Episode(
            task=task.id,
            template=task.template,
            agent=agent,
            messages=(*self._messages, Message(role="assistant", content=DONE)),
            ended="answered",
            turns=self._calls + 1,
            calls=self._calls,
            refused=self._refused,
            mark=score(task.assertions, initial=task.world, final=self._world.state),
        )
