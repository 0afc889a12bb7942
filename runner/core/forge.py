"""The port to the forge: pull requests as git-loop needs them."""

from dataclasses import dataclass
from typing import Literal, Protocol

from runner.core.errors import LoopError

StatusState = Literal["success", "pending", "failure", "error"]
CheckState = Literal["success", "pending", "neutral", "failure", "error"]
"""What a check run can say: a status, or that it ended without a verdict."""


class ForgeError(LoopError):
    """A forge that refused or could not be reached.

    Attributes:
        status: HTTP status of the refusal; None when no answer came.
        transient: The same request may succeed later, and this one *may have had its effect*:
            look before sending it again.
    """

    def __init__(self, message: str, *, status: int | None = None, transient: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.transient = transient


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as the forge reports it."""

    number: int
    url: str
    title: str
    body: str
    state: Literal["open", "closed"]
    merged: bool
    head_ref: str
    head_sha: str
    base_ref: str
    labels: tuple[str, ...]


class Forge(Protocol):
    """A forge; every method raises `ForgeError` with one clear line when it cannot do its work."""

    def pulls(self, branch: str) -> tuple[Pull, ...]:
        """Return all pull requests whose head is `branch`, newest first, any state."""
        ...

    def pull(self, number: int) -> Pull:
        """Return one pull request as it is now."""
        ...

    def create_pull(self, *, branch: str, base: str, title: str, body: str) -> Pull:
        """Open a pull request."""
        ...

    def edit_pull(self, number: int, *, title: str, body: str) -> Pull:
        """Replace title and body, and return what the forge then holds."""
        ...

    def reopen_pull(self, number: int) -> Pull:
        """Open a closed, unmerged pull request again."""
        ...

    def set_labels(self, number: int, labels: tuple[str, ...]) -> None:
        """Replace those labels that git-loop owns (`loop`, `loop:*`, `loop-stopped`)."""
        ...

    def set_status(self, sha: str, *, state: StatusState, context: str, description: str) -> None:
        """Set a commit status."""
        ...

    def set_check(
        self, sha: str, *, name: str, state: CheckState, title: str, summary: str
    ) -> bool:
        """Set a check run beside the status; False, and no error, where the token may not."""
        ...

    def upsert_comment(self, number: int, *, kind: str, text: str) -> None:
        """Post a comment of this kind, or edit the one that is there."""
        ...

    def request_reviewers(self, number: int, reviewers: tuple[str, ...]) -> None:
        """Ask people for a review."""
        ...
