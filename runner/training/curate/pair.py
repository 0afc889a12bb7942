"""Pairs of a better and a worse try at the same task, for preference training."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runner.core.chat import Message, Tool
from runner.core.episode import Ended, Episode
from runner.training.curate.choose import high
from runner.training.curate.curate import normal, read_back
from runner.training.curate.draft import Draft, Runtime, draft, key_of
from runner.training.curate.mend import readable
from runner.training.curate.params import Curation
from runner.training.curate.turn import Turn, messages_of, parts_of
from runner.training.row import TrainingRow, training_row

REJECTED: frozenset[Ended] = frozenset({"answered", "turns", "loop", "format"})
"""Endings that are the agent's own doing; the others are a window's, a limit's or an error's."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A better and a worse conversation that begin alike.

    Attributes:
        prompt: What both begin with: all before the agent's first word.
        chosen: What followed in the better one.
        rejected: What followed in the worse one; it may end with a call that nobody answered.
        margin: Difference of their partials, in (0, 1].
    """

    task: str
    prompt: tuple[Message, ...]
    chosen: tuple[Message, ...]
    rejected: tuple[Message, ...]
    tools: tuple[Tool, ...]
    margin: float

    def rows(self) -> tuple[TrainingRow, TrainingRow]:
        """Return the better and the worse conversation, each whole."""
        return (
            training_row((*self.prompt, *self.chosen), self.tools),
            training_row((*self.prompt, *self.rejected), self.tools),
        )

    def record(self) -> dict[str, Any]:
        """Return `{prompt, chosen, rejected, tools}`, as TRL's `DPOTrainer` takes it.

        Source: https://huggingface.co/docs/trl/en/dataset_formats, preference with explicit prompt.
        """
        named = {"prompt": self.prompt, "chosen": self.chosen, "rejected": self.rejected}
        parts = {name: training_row(said).record()["messages"] for name, said in named.items()}
        return {**parts, "tools": training_row((), self.tools).record()["tools"]}


def pairs(
    episodes: Sequence[Episode],
    rule: Curation,
    *,
    runtime: Runtime,
    tools: Sequence[Tool],
    margin: float,
    seed: int,
) -> tuple[Pair, ...]:
    """Pair the best tries at each task with its worst, up to `rule.per_task` pairs a task.

    The better one is a row of its own right: answered, its guards intact, at least
    `rule.min_partial`. The worse one is as the agent left it, mistakes and loops included, as far
    as it can be written down. Tasks come in the order of their names.

    Args:
        episodes: Those that nobody scored are left out.
        rule: `cohort`, `balance`, `near` and the bounds of a whole set are not used here.
        runtime: How the model that will learn reads and writes.
        tools: What the rows say can be called.
        margin: Least difference of the two partials, in (0, 1].
        seed: Of ties.
    """
    found: list[Pair] = []
    for tries in _tasks(episodes, runtime):
        better = high([each for each in tries if _good(each, rule)], seed)
        worse = high(tries, seed)[::-1]
        for best, worst in zip(better[: rule.per_task], worse, strict=False):
            if best.partial - worst.partial >= margin:
                found.append(_pair(best, worst, tools))
    return tuple(pair for pair in found if _fits(pair, rule, runtime))


def _tasks(episodes: Sequence[Episode], runtime: Runtime) -> Iterator[list[Draft]]:
    """Yield the tries at each task that begin alike, each of them once."""
    groups: dict[tuple[str, str], dict[str, Draft]] = defaultdict(dict)
    for episode in sorted(episodes, key=lambda each: (each.task, each.sample, each.agent)):
        if episode.mark is not None and episode.ended in REJECTED:
            tried = _tried(episode)
            if tried is not None and read_back(tried.whole, runtime):
                groups[episode.task, _start(tried)].setdefault(tried.key, tried)
    for key in sorted(groups):
        yield list(groups[key].values())


def _tried(episode: Episode) -> Draft | None:
    whole = normal(episode) if episode.ended == "answered" else None
    if whole is not None:
        return whole
    parts = parts_of(episode.messages)
    left = () if parts is None else readable(parts)
    return draft(episode, left) if any(isinstance(part, Turn) for part in left) else None


def _start(tried: Draft) -> str:
    return key_of(messages_of(tried.whole[: _first(tried)]))


def _first(tried: Draft) -> int:
    return next(at for at, part in enumerate(tried.whole) if isinstance(part, Turn))


def _good(tried: Draft, rule: Curation) -> bool:
    mark = tried.episode.mark
    if mark is None or tried.episode.ended != "answered" or normal(tried.episode) is None:
        return False
    return mark.partial >= rule.min_partial and not (rule.guards and mark.broken)


def _pair(best: Draft, worst: Draft, tools: Sequence[Tool]) -> Pair:
    said = list(messages_of(worst.whole))
    while said[-1].role == "tool":
        said.pop()
    begin = _first(best)
    return Pair(
        task=best.episode.task,
        prompt=best.messages[:begin],
        chosen=best.messages[begin:],
        rejected=tuple(said[begin:]),
        tools=tuple(tools),
        margin=best.partial - worst.partial,
    )


def _fits(pair: Pair, rule: Curation, runtime: Runtime) -> bool:
    most = rule.max_tokens
    return most is None or all(runtime.count_tokens(row) <= most for row in pair.rows())
