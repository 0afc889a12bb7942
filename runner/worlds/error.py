"""What is wrong with a world or a task that somebody wrote down."""

from runner.core.errors import LoopError


class WorldError(LoopError):
    """A world file or a task that cannot be read; the message says where and what."""
