"""What can be wrong with a compressor or its input."""

from runner.core.errors import LoopError


class CompressionError(LoopError):
    """A candidate that is no compressor, or an option that it cannot honour."""


class CaseError(LoopError):
    """Cases that cannot be scored; the message says where."""
