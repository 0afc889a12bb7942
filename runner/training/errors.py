"""What can be wrong with a training, its rows or its model."""

from runner.core.errors import LoopError


class TrainingError(LoopError):
    """A training that cannot be done as asked; the message says what is missing."""
