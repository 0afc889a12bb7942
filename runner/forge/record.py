"""What the embedded forge remembers, as committed under `refs/forge/state`."""

from typing import Literal

from pydantic import PositiveInt

from runner.core.forge import StatusState
from runner.core.frozen import Frozen


class CommentRecord(Frozen):
    """A comment in the conversation of a pull request; times are ISO 8601, UTC, whole seconds."""

    id: PositiveInt
    user: str
    body: str
    created_at: str
    updated_at: str


class StatusRecord(Frozen):
    """One report of a commit status; the newest of a context counts."""

    id: PositiveInt
    user: str
    state: StatusState
    context: str
    description: str | None
    target_url: str | None
    created_at: str


class PullRecord(Frozen):
    """A pull request.

    Attributes:
        head_sha: Last commit seen on the head branch; frozen when the pull request closes.
        base_sha: Tip of the base when `head_sha` was seen.
        merge_commit_sha: Commit that the merge left on the base; None unless merged.
    """

    number: PositiveInt
    id: PositiveInt
    user: str
    title: str
    body: str | None
    state: Literal["open", "closed"] = "open"
    draft: bool = False
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    merge_commit_sha: str | None = None
    merged_by: str | None = None
    created_at: str
    updated_at: str
    closed_at: str | None = None
    merged_at: str | None = None
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    comments: tuple[CommentRecord, ...] = ()


class StatusFile(Frozen):
    """All statuses of one commit, oldest first."""

    statuses: tuple[StatusRecord, ...]


class CheckRecord(Frozen):
    """A check run: a commit's report with room for text, changed in place.

    Attributes:
        status: `queued`, `in_progress` or `completed`.
        conclusion: How it ended, such as `success` or `neutral`; None until it is completed.
        summary: Markdown, at most 65,535 characters; None where nothing was said.
    """

    id: PositiveInt
    user: str
    name: str
    status: str = "queued"
    conclusion: str | None = None
    title: str | None = None
    summary: str | None = None
    started_at: str
    completed_at: str | None = None


class CheckFile(Frozen):
    """All check runs of one commit, oldest first."""

    checks: tuple[CheckRecord, ...]


class Counter(Frozen):
    """The next id of a pull request, comment, status or check run; shared, so never used twice."""

    next_id: PositiveInt = 1
