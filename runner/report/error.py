"""What can be wrong with what a report is made of."""

from runner.core.errors import LoopError


class ReportError(LoopError):
    """Scores or episodes of which no table can be made; the message says which."""
