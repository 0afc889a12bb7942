"""What a person can mend about serving a world to a foreign agent."""

from runner.core.errors import LoopError


class ServeError(LoopError):
    """A world that cannot be served, or a journal that cannot be read."""
