"""What can be wrong with a compressor or its input."""

from runner.core.errors import LoopError


class CompressionError(LoopError):
    """A candidate that is no compressor, or an option that it cannot honour."""
