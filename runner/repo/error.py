"""What can go wrong with a repository or a remote."""

from runner.core.errors import LoopError


class RepoError(LoopError):
    """Git or the remote refused; the message carries its words without credentials."""
