"""The policies as players: they hold conversations as models do, and see nothing else."""

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from runner.core.chat import ChatRequest, ChatResponse, Reply, ToolCall, Unanswered
from runner.worlds.office.hands import Careless, Habit, Hasty, Steady, StopError
from runner.worlds.office.policy import DONE, PolicyError, perform

Habits = Callable[[ChatRequest, int], Habit]
"""How somebody acts in a conversation, given how it begins and its number."""


class Idle:
    """Says that it is done."""

    name = "noop"

    def play(self, starts: Sequence[ChatRequest], reply: Reply) -> None:
        """End every conversation at once."""
        for number in range(len(starts)):
            reply(number, ChatResponse(text=DONE, model=self.name))


class Planner:
    """Carries out the plan of whichever template worded the instruction, by a habit.

    Args:
        name: What reports call it.
        habits: How it acts in each conversation.
    """

    def __init__(self, name: str, habits: Habits) -> None:
        self._name = name
        self._habits = habits

    @property
    def name(self) -> str:
        """What reports call it."""
        return self._name

    def play(self, starts: Sequence[ChatRequest], reply: Reply) -> None:
        """Hold conversations one after the other; one that is not understood is left unanswered."""
        for number, start in enumerate(starts):
            line = _Line(self._name, number, reply)
            try:
                perform(_asked(start), line.send, self._habits(start, number))
            except PolicyError as err:
                reply(number, Unanswered(error=str(err)))
                continue
            line.end()


def reference_player() -> Planner:
    """Return who makes no mistake."""
    return Planner("reference", lambda _start, _number: Steady())


def first_hit_player() -> Planner:
    """Return who takes the first record that a search finds."""
    return Planner("first_hit", lambda _start, _number: Hasty())


def noisy_player(noise: float) -> Planner:
    """Return who errs with this probability at each decision, in [0, 1], by the requests' seeds."""

    def habit(start: ChatRequest, number: int) -> Habit:
        seed = f"{start.decoding.seed} {number}"
        return Careless(noise, random.Random(seed))  # noqa: S311 - a seed that is published

    return Planner("noisy", habit)


class _Line:
    """One conversation, from the player's side."""

    def __init__(self, name: str, number: int, reply: Reply) -> None:
        self._name = name
        self._number = number
        self._reply = reply
        self._calls = 0
        self._over = False

    def send(self, tool: str, arguments: dict[str, Any]) -> str:
        """Make a call and return what the world said of it.

        Raises:
            StopError: the conversation was ended from the other side.
        """
        self._calls += 1
        text = json.dumps(arguments, ensure_ascii=False)
        call = ToolCall(id=f"call_{self._calls}", name=tool, arguments=text)
        answer = ChatResponse(text="", tool_calls=(call,), finish="tool_calls", model=self._name)
        told = self._reply(self._number, answer)
        if not told:
            self._over = True
            raise StopError
        return next(each.content for each in told if each.role == "tool")

    def end(self) -> None:
        if not self._over:
            self._reply(self._number, ChatResponse(text=DONE, model=self._name))


def _asked(start: ChatRequest) -> str:
    return next((each.content for each in reversed(start.messages) if each.role == "user"), "")
