"""What pushes did to pull requests since the forge last looked.

A forge that watches pushes closes and merges pull requests as they happen; this one looks at the
branches before each answer and arrives at the same records. A branch that was deleted and made
again between two looks counts as rewritten, so its pull request stays open.
"""

from collections.abc import Mapping

from runner.forge.git import HEADS, Objects
from runner.forge.record import PullRecord
from runner.forge.state import State


def settle(state: State, refs: Mapping[str, str], objects: Objects, *, at: str) -> State:
    """Return the state after what the branches say; the same value when they say nothing new.

    An open pull request follows its head branch. It is merged when the base holds its commits,
    and closed, frozen at the last commit seen, when its branch is gone or was reset to the base.

    Whatever changes is stamped `at`.
    """
    for record in state.pulls.values():
        if record.state == "open":
            after = _followed(record, refs, objects, at=at)
            if after is not record:
                state = state.with_pull(after)
    return state


def _followed(
    record: PullRecord, refs: Mapping[str, str], objects: Objects, *, at: str
) -> PullRecord:
    head = refs.get(HEADS + record.head_ref)
    base = refs.get(HEADS + record.base_ref)
    if head == record.head_sha and base == record.base_sha:
        return record
    if base is not None and (head is None or objects.ahead(base, head) == 0):
        if objects.ahead(base, record.head_sha) == 0:
            return merged(record, sha=base, base=base, by=record.user, at=at)
        return closed(record, at=at)
    if head is None:
        return closed(record, at=at)
    after = record.model_copy(update={"head_sha": head, "base_sha": base or record.base_sha})
    return record if after == record else after


def closed(record: PullRecord, *, at: str) -> PullRecord:
    """Return the record closed without merging."""
    return record.model_copy(update={"state": "closed", "closed_at": at, "updated_at": at})


def merged(record: PullRecord, *, sha: str, base: str, by: str, at: str) -> PullRecord:
    """Return the record merged: `sha` is what the merge left on the base, `base` its tip then."""
    marks = {"merge_commit_sha": sha, "base_sha": base, "merged_by": by, "merged_at": at}
    return closed(record, at=at).model_copy(update=marks)
