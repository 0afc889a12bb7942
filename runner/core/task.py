"""The port between what is asked of agents and whoever has it done."""

from typing import Protocol

from runner.core.episode import Mark
from runner.core.world import World


class Task(Protocol):
    """Something that an agent can be asked to do in a world, and that can be scored.

    Whoever lets an agent near it hands out the instruction and the world alone.
    """

    @property
    def id(self) -> str:
        """The case's id."""
        ...

    @property
    def template(self) -> str:
        """Kind of the task; "" where it has none."""
        ...

    @property
    def instruction(self) -> str:
        """What the agent is asked."""
        ...

    def open(self) -> World:
        """Return a world of its own for one attempt, as it is before the agent's first call."""
        ...

    def mark(self, world: World) -> Mark:
        """Say what an attempt came to.

        Args:
            world: What `open` returned, as the agent left it.
        """
        ...
