"""What can be wrong with a request to the token compressor's maker."""

from runner.core.errors import LoopError


class TokenCompressorError(LoopError):
    """A request that the maker cannot serve; the message says what is missing."""
