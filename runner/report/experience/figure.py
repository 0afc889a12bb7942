"""What the attempts at one task come to, as one number; passed to `over`."""

from collections import Counter
from collections.abc import Collection, Iterable

from runner.core.episode import Episode
from runner.report.experience.attempt import Attempts

UNREADABLE = "(unreadable)"
"""Stands for calls whose tool nobody could read."""


def tool_counts(episode: Episode) -> Counter[str]:
    """Count an episode's calls by tool, carried out or refused."""
    return Counter(
        call.name or UNREADABLE for message in episode.messages for call in message.tool_calls
    )


def calls(task: Attempts) -> float:
    """Return a task's calls per episode."""
    return _mean(tool_counts(each).total() for each in task.episodes)


def writes(task: Attempts, writing: Collection[str]) -> float:
    """Return a task's calls of writing tools per episode."""
    return _mean(
        sum(count for tool, count in tool_counts(each).items() if tool in writing)
        for each in task.episodes
    )


def partial(task: Attempts) -> float:
    """Return a task's mean partial score, in [0, 1], higher is better."""
    return _mean(mark.partial for mark in task.marks)


def strict(task: Attempts) -> float:
    """Return the share of a task's episodes that solved it."""
    return _mean(mark.strict for mark in task.marks)


def broken(task: Attempts) -> float:
    """Return the share of a task's episodes that broke a guard; lower is better."""
    return _mean(mark.broken > 0 for mark in task.marks)


def _mean(numbers: Iterable[float]) -> float:
    found = list(numbers)
    return sum(found) / len(found)
