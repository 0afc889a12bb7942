"""CPU milliseconds that the tag harness takes per answer, without a model and without processes."""

import time
from collections.abc import Sequence

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, Reply, Tool
from runner.core.world import Observation
from runner.harness.attempt import Start
from runner.harness.params import Harness, Tags
from runner.harness.run import run

TURNS = 30
ATTEMPTS = 20
MOST_MS = 5.0
"""What an answer may cost."""
_FILE = "a line of a file\n" * 350
_CODE = "x = 1  # a line of code\n" * 100
_WRITE = f"<write>src/a.py\n{_CODE}</write>"
ANSWERS = {
    "read": "<read>src/a.py:1-300</read>",
    "write": _WRITE,
    "edit": f"<edit>src/a.py\n<old>\n{_CODE}</old>\n<new>\n{_CODE}</new>\n</edit>",
    "fenced": f"I write it.\n```xml\n{_WRITE}\n```",
}
_ON = Tags(
    line_ranges=True,
    edit=True,
    fuzzy=True,
    strip_fences=True,
    few_shot=True,
    skip_verification=True,
    loop_detection=True,
    prune=True,
    insist=True,
    prune_tokens=6000,
)


class _World:
    """Answers every call with a file of its own."""

    tools: tuple[Tool, ...] = ()

    def __init__(self) -> None:
        self._calls = 0

    def call(self, name: str, arguments: str) -> Observation:  # noqa: ARG002 - a port
        self._calls += 1
        return Observation(text=f"{self._calls}\n{_FILE}")


class _Steady:
    """Says the same for ever."""

    name = "steady"

    def __init__(self, text: str) -> None:
        self._text = text

    def play(self, starts: Sequence[ChatRequest], reply: Reply) -> None:
        for number in range(len(starts)):
            told: Sequence[Message] = starts[number].messages
            while told:
                told = reply(number, ChatResponse(text=self._text))


def overhead() -> dict[str, float]:
    """Return CPU milliseconds per answer by what is answered, pruning and all else on."""
    return {name: _milliseconds(text) for name, text in ANSWERS.items()}


def _milliseconds(text: str) -> float:
    harness = Harness(mode="tags", max_turns=TURNS, max_tokens=32_000, tags=_ON)
    starts = [
        Start(task=str(n), instruction="p" * 1500, world=_World(), seed=n) for n in range(ATTEMPTS)
    ]
    since = time.process_time()
    episodes = run(_Steady(text), starts, harness, decoding=Decoding())
    taken_s = time.process_time() - since
    return 1000 * taken_s / sum(each.turns for each in episodes)


if __name__ == "__main__":
    for name, milliseconds in overhead().items():
        print(f"{name:8} {milliseconds:.3f} ms an answer, at most {MOST_MS:g}")
