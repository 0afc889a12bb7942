"""The train tasks of a loop, as they stand in its split."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from runner.makers.agent_model.errors import AgentModelError
from runner.worlds.office.job import Job
from runner.worlds.office.task import Task

SMOKE_TASKS = 5


def read_tasks(path: Path | None, *, smoke: bool = False) -> tuple[Task, ...]:
    """Return the tasks of a split.

    Args:
        path: Plain JSONL; None where the eval has no such split.
        smoke: A few are enough.

    Raises:
        AgentModelError: there are none, or a line is no task, by its number.
    """
    if path is None:
        raise AgentModelError("the eval has no train tasks to act on; name a file of them")
    lines = enumerate(path.read_bytes().split(b"\n"), start=1)
    found = tuple(_task(line, f"{path.name}:{n}") for n, line in lines if line.strip())
    if not found:
        raise AgentModelError(f"{path.name} holds no task")
    return found[:SMOKE_TASKS] if smoke else found


def jobs(tasks: Sequence[Task]) -> tuple[Job, ...]:
    """Return tasks as what an agent can be asked to do."""
    return tuple(map(Job, tasks))


def _task(line: bytes, where: str) -> Task:
    try:
        return Task.model_validate_json(line)
    except ValidationError as err:
        first = err.errors()[0]
        told = ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"].lower())))
        raise AgentModelError(f"{where}: {told}") from err
