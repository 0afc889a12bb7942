"""The port to the forge: pull requests as git-loop needs them."""

from dataclasses import dataclass
from typing import Literal, Protocol

StatusState = Literal["success", "pending", "failure", "error"]


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
    """A forge; every method raises `LoopError` with one clear line when it cannot do its work."""

    def pulls(self, branch: str) -> tuple[Pull, ...]:
        """Return all pull requests whose head is `branch`, newest first, any state."""
        ...

    def create_pull(self, *, branch: str, base: str, title: str, body: str) -> Pull:
        """Open a pull request."""
        ...

    def edit_pull(self, number: int, *, title: str, body: str) -> Pull:
        """Replace title and body, and return what the forge then holds."""
        ...

    def set_labels(self, number: int, labels: tuple[str, ...]) -> None:
        """Replace those labels that git-loop owns (`loop`, `loop:*`, `loop-stopped`)."""
        ...

    def set_status(self, sha: str, *, state: StatusState, context: str, description: str) -> None:
        """Set a commit status."""
        ...

    def upsert_comment(self, number: int, *, kind: str, text: str) -> None:
        """Post a comment of this kind, or edit the one that is there."""
        ...

    def request_reviewers(self, number: int, reviewers: tuple[str, ...]) -> None:
        """Ask people for a review."""
        ...
