"""What keeps a model from answering."""

from runner.core.errors import LoopError


class LmError(LoopError):
    """A model that cannot be opened or did not answer; the message says what would help."""


class UnansweredError(LmError):
    """One request failed after every retry; another request may succeed."""
