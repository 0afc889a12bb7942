"""What an agent did with one task, and what it came to."""

from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt

from runner.core.chat import Message, Usage
from runner.core.frozen import Frozen

Ended = Literal[
    "answered",
    "turns",
    "tokens",
    "time",
    "window",
    "truncated",
    "format",
    "loop",
    "unanswered",
]
"""Why an episode ended.

`answered`: it spoke without calling a tool. `turns`, `tokens`, `time`: a limit of the harness.
`window`: that of the model. `truncated`: an answer was cut off by `max_tokens`, which is no missing
call. `format`: too many calls that could not be read. `loop`: the same call with the same result
again and again.
"""


class Mark(Frozen):
    """What became of a task's assertions; higher is better but for `broken`.

    An assertion that already holds in the initial world is a guard: unbroken it counts for
    nothing, broken it is a failure. The others are objectives.

    Attributes:
        partial: passed / (objectives + broken), in [0, 1].
        plain: Share of all assertions that hold in the end, guards included, in [0, 1].
        broken: Guards that do not hold in the end.

    Source: the scoring rule of AutomationBench; `plain` is the formula of the write-up on
    experience that this family follows.
    """

    partial: float
    plain: float
    objectives: NonNegativeInt
    passed: NonNegativeInt
    guards: NonNegativeInt
    broken: NonNegativeInt

    @property
    def strict(self) -> bool:
        """Whether every objective passed and no guard broke."""
        return self.passed == self.objectives and not self.broken


class Episode(Frozen):
    """One attempt of an agent at one task, whole.

    Attributes:
        task: The case's id.
        template: Kind of the task; "" where it has none.
        sample: Which attempt at the task, from 0.
        agent: Who acted.
        messages: The conversation as the agent read and wrote it.
        ended: Why it ended.
        turns: Answers of the agent.
        calls: Calls that it made, carried out or refused.
        refused: Of them, those that the world refused or nobody could read.
        mark: What it came to; None where nobody has scored it.
    """

    task: str
    template: str = ""
    sample: NonNegativeInt = 0
    agent: str = ""
    messages: tuple[Message, ...]
    ended: Ended
    turns: NonNegativeInt = 0
    calls: NonNegativeInt = 0
    refused: NonNegativeInt = 0
    usage: Usage = Usage()
    cost_usd: NonNegativeFloat = 0
    seconds: NonNegativeFloat = 0
    mark: Mark | None = None
