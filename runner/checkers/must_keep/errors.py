"""What can be wrong with the must-keep checker's input."""

from runner.core.errors import LoopError


class MustKeepError(LoopError):
    """Cases, a declaration or a control that cannot be used; the message says where."""
