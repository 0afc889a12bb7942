"""Proposals that come to nothing."""

from runner.core.errors import InvalidCandidateError
from runner.core.row import Cost


class NothingNewError(InvalidCandidateError):
    """A proposal that leaves the surface as it is, or as it was tried before."""

    def __init__(self, text: str) -> None:
        super().__init__(f"proposes nothing new: {text}")


class ProposalError(InvalidCandidateError):
    """What a proposer ends with when nothing can be proposed.

    Attributes:
        cost: What was spent on it.
    """

    def __init__(self, text: str, *, cost: Cost) -> None:
        super().__init__(text)
        self.cost = cost
