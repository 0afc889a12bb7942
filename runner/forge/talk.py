"""Labels, comments, reviewers and statuses: what is said about a pull request or a commit."""

from collections.abc import Iterable, Sequence
from typing import get_args

from runner.core.forge import StatusState
from runner.forge.act import amend, check_lengths, pull_of
from runner.forge.book import Change, Page
from runner.forge.record import CommentRecord, PullRecord, StatusRecord
from runner.forge.refusal import Refusal, custom, invalid, not_found

LABEL_MAX = 50
"""Characters that GitHub takes in a label."""
DESCRIPTION_MAX = 140
"""Characters that GitHub takes in a commit status."""


def set_labels(page: Page, number: int, labels: Iterable[str]) -> Change:
    """Replace all labels; each name once, in the order given.

    Raises:
        Refusal: a name is empty or too long.
    """
    names = tuple(dict.fromkeys(labels))
    for name in names:
        if not name.strip():
            raise invalid("Label", "name", "missing_field")
        if len(name) > LABEL_MAX:
            raise custom("Label", f"name is too long (maximum is {LABEL_MAX} characters)", "name")
    return amend(page, number, lambda _: {"labels": names})


def add_labels(page: Page, number: int, labels: Sequence[str]) -> Change:
    """Add labels to those that are there."""
    return set_labels(page, number, (*pull_of(page, number).labels, *labels))


def remove_label(page: Page, number: int, label: str) -> Change:
    """Remove one label.

    Raises:
        Refusal: the pull request does not carry it.
    """
    labels = pull_of(page, number).labels
    if label not in labels:
        raise Refusal(404, "Label does not exist")
    return amend(page, number, lambda _: {"labels": tuple(x for x in labels if x != label)})


def add_reviewers(page: Page, number: int, reviewers: Sequence[str]) -> Change:
    """Ask people for a review; the author cannot be asked.

    Raises:
        Refusal: the author is among them.
    """
    record = pull_of(page, number)
    if record.user in reviewers:
        raise Refusal(422, "Review cannot be requested from pull request author.")
    names = tuple(dict.fromkeys((*record.reviewers, *reviewers)))
    return amend(page, number, lambda _: {"reviewers": names})


def add_comment(page: Page, number: int, body: str, *, user: str) -> Change:
    """Say something in the conversation; the change's number is the comment's id.

    Raises:
        Refusal: nothing is said, or too much.
    """
    _check_comment(body)
    ident = page.state.counter.next_id
    comment = CommentRecord(id=ident, user=user, body=body, created_at=page.at, updated_at=page.at)
    change = amend(page, number, lambda record: {"comments": (*record.comments, comment)})
    return Change(change.state.counted(), ident)


def edit_comment(page: Page, ident: int, body: str) -> Change:
    """Replace a comment's text."""
    _check_comment(body)
    record, _ = comment_of(page, ident)
    update = {"body": body, "updated_at": page.at}
    comments = tuple(c.model_copy(update=update) if c.id == ident else c for c in record.comments)
    return Change(amend(page, record.number, lambda _: {"comments": comments}).state, ident)


def remove_comment(page: Page, ident: int) -> Change:
    """Delete a comment."""
    record, _ = comment_of(page, ident)
    comments = tuple(c for c in record.comments if c.id != ident)
    return Change(amend(page, record.number, lambda _: {"comments": comments}).state, ident)


def comment_of(page: Page, ident: int) -> tuple[PullRecord, CommentRecord]:
    """Return a comment after the pull request that it belongs to.

    Raises:
        Refusal: there is none of this id.
    """
    for record in page.state.pulls.values():
        for comment in record.comments:
            if comment.id == ident:
                return record, comment
    raise not_found()


def _check_comment(body: str) -> None:
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    check_lengths(body=body)


def add_status(page: Page, sha: str, wish: StatusRecord) -> Change:
    """Report on a commit; the change's number is the status' id.

    Raises:
        Refusal: the description is too long.
    """
    if len(wish.description or "") > DESCRIPTION_MAX:
        text = f"description is too long (maximum is {DESCRIPTION_MAX} characters)"
        raise custom("Status", text, "description")
    ident = page.state.counter.next_id
    record = wish.model_copy(update={"id": ident, "created_at": page.at})
    return Change(page.state.with_status(sha, record).counted(), ident)


def status_state(text: object) -> StatusState:
    """Return a status' state.

    Raises:
        Refusal: GitHub knows no such state.
    """
    states: tuple[StatusState, ...] = get_args(StatusState)
    for state in states:
        if state == text:
            return state
    raise custom("Status", "State is not included in the list", "state")
