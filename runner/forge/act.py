"""What may be done to a pull request, and what GitHub refuses; decisions on records only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runner.forge.book import Change, Page
from runner.forge.git import HEADS, Objects
from runner.forge.record import PullRecord
from runner.forge.refusal import Refusal, custom, invalid, not_found
from runner.forge.settle import closed

BODY_MAX = 65_536
"""Characters that GitHub takes in a body or comment."""
TITLE_MAX = 256
"""Characters that GitHub takes in a title."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A pull request to be opened."""

    user: str
    owner: str
    title: str
    body: str | None
    head: str
    base: str
    draft: bool = False


def pull_of(page: Page, number: int) -> PullRecord:
    """Return a pull request.

    Raises:
        Refusal: there is none of this number.
    """
    record = page.state.pulls.get(number)
    if record is None:
        raise not_found()
    return record


def open_pull(page: Page, wish: Wish, objects: Objects) -> Change:
    """Open a pull request.

    Raises:
        Refusal: no title, no such branch, one is open already, nothing to merge, or too long.
    """
    head_ref = wish.head.removeprefix(f"{wish.owner}:")
    head = page.refs.get(HEADS + head_ref)
    base = page.refs.get(HEADS + wish.base)
    if not wish.title.strip():
        raise invalid("PullRequest", "title", "missing_field")
    if head is None or ":" in head_ref:
        raise invalid("PullRequest", "head", "invalid")
    if base is None:
        raise invalid("PullRequest", "base", "invalid")
    _refuse_second(page, f"{wish.owner}:{head_ref}", head_ref, wish.base)
    if objects.ahead(base, head) == 0:
        raise custom("PullRequest", f"No commits between {wish.base} and {head_ref}")
    check_lengths(title=wish.title, body=wish.body)
    record = PullRecord(
        number=page.state.next_number(),
        id=page.state.counter.next_id,
        user=wish.user,
        title=wish.title.strip(),
        body=wish.body or None,
        draft=wish.draft,
        head_ref=head_ref,
        head_sha=head,
        base_ref=wish.base,
        base_sha=base,
        created_at=page.at,
        updated_at=page.at,
    )
    return Change(page.state.counted().with_pull(record), record.number)


def _refuse_second(page: Page, label: str, head_ref: str, base_ref: str) -> None:
    for record in page.state.pulls.values():
        if record.state == "open" and (record.head_ref, record.base_ref) == (head_ref, base_ref):
            raise custom("PullRequest", f"A pull request already exists for {label}.")


def check_lengths(*, title: str = "", body: str | None = None) -> None:
    """Refuse what GitHub finds too long, counted in characters.

    Raises:
        Refusal: title or body is.
    """
    if len(title) > TITLE_MAX:
        raise custom("Issue", f"title is too long (maximum is {TITLE_MAX} characters)", "title")
    if len(body or "") > BODY_MAX:
        raise custom("Issue", f"body is too long (maximum is {BODY_MAX} characters)", "body")


def edit_pull(
    page: Page, number: int, fields: Mapping[str, Any], *, owner: str, objects: Objects
) -> Change:
    """Change title, body, base or state of a pull request.

    `fields` holds those of `title`, `body`, `base` and `state` that change.

    Raises:
        Refusal: too long, an empty title, no such base, or a state it cannot go to.
    """
    record = pull_of(page, number)
    check_lengths(title=fields.get("title") or "", body=fields.get("body"))
    update: dict[str, Any] = {}
    if "title" in fields:
        if not (fields["title"] or "").strip():
            raise invalid("Issue", "title", "missing_field")
        update["title"] = fields["title"].strip()
    if "body" in fields:
        update["body"] = fields["body"] or None
    if fields.get("base") is not None:
        update |= _rebased(page, fields["base"])
    after = record.model_copy(update=update)
    if fields.get("state") is not None:
        after = _turned(page, after, fields["state"], owner=owner, objects=objects)
    if after == record:
        return Change(page.state, number)
    return Change(page.state.with_pull(after.model_copy(update={"updated_at": page.at})), number)


def _rebased(page: Page, base: str) -> dict[str, str]:
    sha = page.refs.get(HEADS + base)
    if sha is None:
        raise invalid("PullRequest", "base", "invalid")
    return {"base_ref": base, "base_sha": sha}


def _turned(
    page: Page, record: PullRecord, state: str, *, owner: str, objects: Objects
) -> PullRecord:
    """Close or reopen; a merged pull request, or one whose branch is not the same, stays."""
    if state not in {"open", "closed"}:
        raise invalid("PullRequest", "state", "invalid")
    if state == record.state:
        return record
    if state == "closed":
        return closed(record, at=page.at)
    _refuse_second(page, f"{owner}:{record.head_ref}", record.head_ref, record.base_ref)
    head = page.refs.get(HEADS + record.head_ref)
    if record.merged_at is not None:
        raise _stays("The pull request was merged.")
    if head is None:
        raise _stays(f"The {record.head_ref} branch has been deleted.")
    if objects.ahead(head, record.head_sha) != 0:
        raise _stays(f"The {record.head_ref} branch was force-pushed or recreated.")
    return record.model_copy(update={"state": "open", "closed_at": None, "head_sha": head})


def _stays(why: str) -> Refusal:
    return custom("PullRequest", f"state cannot be changed. {why}", "state")


def amend(page: Page, number: int, change: Callable[[PullRecord], Mapping[str, Any]]) -> Change:
    """Replace fields of a pull request's record by what `change` makes of it."""
    record = pull_of(page, number)
    update = {**change(record), "updated_at": page.at}
    return Change(page.state.with_pull(record.model_copy(update=update)), number)
