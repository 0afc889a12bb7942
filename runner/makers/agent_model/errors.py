"""What goes wrong while an agent's model is made."""

from runner.core.errors import LoopError


class AgentModelError(LoopError):
    """An input that the method needs is missing, or nothing can be learned from what there is."""
