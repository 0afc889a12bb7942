"""How an agent is run, as a spec or an eval declares it."""

from typing import Literal

from pydantic import PositiveInt

from runner.core.frozen import Frozen


class Harness(Frozen):
    """What an agent is allowed, and how it is spoken to.

    Attributes:
        mode: `native`: one conversation, several calls an answer. `one_action`: each answer is one
            action, in a conversation that holds the task and the latest observation alone.
        max_turns: Answers, at most.
        max_tokens: Length at which an episode ends: of its conversation, or in `one_action`, of
            all its conversations together.
        answer_tokens: Tokens of one answer, at most.
        format_errors: Calls that cannot be read with which an episode ends.
        loop_repeats: Times in a row that the same call had the same result with which it ends.
        system: System message; "" for none.

    Source: the write-up on experience: a constrained one-action policy reached 0.16 where the
    agents' own loops reached 0.62.
    """

    mode: Literal["native", "one_action"] = "native"
    max_turns: PositiveInt = 12
    max_tokens: PositiveInt = 4096
    answer_tokens: PositiveInt = 96
    format_errors: PositiveInt = 3
    loop_repeats: PositiveInt = 3
    system: str = ""
