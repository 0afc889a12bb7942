"""Scored episodes by task: the form from which every figure here is folded."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from runner.core.episode import Episode, Mark
from runner.report.error import ReportError
from runner.report.estimate import Estimate, Scored, estimate


@dataclass(frozen=True, slots=True)
class Attempts:
    """All attempts at one task, at least one.

    Attributes:
        cluster: Tasks that stand or fall together share it.
        marks: What each attempt came to.
    """

    task: str
    cluster: str
    episodes: tuple[Episode, ...]
    marks: tuple[Mark, ...]


def by_task(
    episodes: Iterable[Episode], *, clusters: Mapping[str, str] | None = None
) -> tuple[Attempts, ...]:
    """Group episodes by task, in the order of first sight.

    Args:
        episodes: Each with a mark.
        clusters: Task to its cluster; one that is left out stands for itself.

    Raises:
        ReportError: no episode, or one that nobody has scored.
    """
    groups: dict[str, list[Episode]] = defaultdict(list)
    for episode in episodes:
        groups[episode.task].append(episode)
    if not groups:
        raise ReportError("no episode; a table needs at least one")
    known = clusters or {}
    return tuple(
        Attempts(
            task=task,
            cluster=known.get(task) or task,
            episodes=tuple(group),
            marks=tuple(_mark(each) for each in group),
        )
        for task, group in groups.items()
    )


@dataclass(frozen=True, slots=True)
class Turn:
    """What an agent did, each task several times.

    Attributes:
        label: Whose it is: an agent, a candidate, a turn of a loop.
        tasks: At least one.
    """

    label: str
    tasks: tuple[Attempts, ...]


def turn(
    label: str, episodes: Iterable[Episode], *, clusters: Mapping[str, str] | None = None
) -> Turn:
    """Group a turn's scored episodes by task.

    Raises:
        ReportError: no episode, or one that nobody has scored.
    """
    return Turn(label=label, tasks=by_task(episodes, clusters=clusters))


def over(
    tasks: Iterable[Attempts], figure: Callable[[Attempts], float], *, seed: int = 0
) -> Estimate:
    """Return the mean of a figure over tasks."""
    return estimate(scored(tasks, figure), seed=seed)


def scored(tasks: Iterable[Attempts], figure: Callable[[Attempts], float]) -> list[Scored]:
    """Return a figure of every task."""
    return [Scored(task.task, task.cluster, figure(task)) for task in tasks]


def _mark(episode: Episode) -> Mark:
    if episode.mark is None:
        raise ReportError(
            f"task {episode.task}, sample {episode.sample}: nobody has scored it;"
            " only scored episodes say how good an agent is"
        )
    return episode.mark
