"""What can be wrong with the world checker's input."""

from runner.core.errors import LoopError


class WorldCheckError(LoopError):
    """A request or a control that cannot be used; the message says which."""
