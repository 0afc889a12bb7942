"""An office task as something that an agent can be asked to do."""

from dataclasses import dataclass

from runner.core.episode import Mark
from runner.core.world import World
from runner.worlds.office.score import ScoreError, score
from runner.worlds.office.task import Task
from runner.worlds.office.world import OfficeWorld


@dataclass(frozen=True, slots=True)
class Job:
    """A task of an office, as core's port of tasks has it."""

    task: Task

    @property
    def id(self) -> str:
        """The case's id."""
        return self.task.id

    @property
    def template(self) -> str:
        """What made the task."""
        return self.task.template

    @property
    def instruction(self) -> str:
        """What the agent is told."""
        return self.task.instruction

    def open(self) -> OfficeWorld:
        """Return the office as it is at first."""
        return OfficeWorld(self.task.world)

    def mark(self, world: World) -> Mark:
        """Say what an attempt came to.

        Raises:
            ScoreError: the world is no office.
        """
        if not isinstance(world, OfficeWorld):
            raise ScoreError(f"task {self.task.id} is of an office, not of {type(world).__name__}")
        return score(self.task.assertions, initial=self.task.world, final=world.state)
