"""What can go wrong with work that other processes do."""

from runner.core.errors import LoopError


class FanoutError(LoopError):
    """A piece of work failed or its process died; the message names the piece."""
