"""What keeps sealed data shut."""

from runner.core.errors import LoopError


class SealError(LoopError):
    """A key does not fit or sealed data is damaged; no message ever holds a private key."""
