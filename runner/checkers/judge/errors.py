"""What can be wrong with the judge checker's input."""

from runner.core.errors import LoopError


class JudgeError(LoopError):
    """Cases or a control that cannot be used; the message says where."""
