"""What keeps a trace from being written or read."""

from runner.core.errors import LoopError


class TraceError(LoopError):
    """A trace file cannot be written, or is no trace."""
