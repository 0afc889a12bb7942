"""What can go wrong once the rows are pushed."""

from runner.core.errors import LoopError


class PublishError(LoopError):
    """The rows are recorded and the pull request does not show them yet; the next run mends it."""


def pending(why: object) -> PublishError:
    """Return the error that says what is missing and that nothing is lost."""
    return PublishError(f"pull request pending: {why}; the next run completes it")
