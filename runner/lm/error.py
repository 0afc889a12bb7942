"""What keeps a model from answering."""

from runner.core.errors import LoopError


class LmError(LoopError):
    """A model that cannot be opened or did not answer; the message says what would help."""


class UnansweredError(LmError):
    """One request failed after every retry; another request may succeed."""


class RateLimitedError(UnansweredError):
    """The model asks to come back later.

    Attributes:
        retry_after_s: Seconds that it asks to wait; None where it does not say.
    """

    def __init__(self, text: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class StalledError(UnansweredError):
    """No answer came in time."""


class WindowError(UnansweredError):
    """The conversation has outgrown the model's window."""
