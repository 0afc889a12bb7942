"""Merging a pull request: real commits on the base branch of the bare repository."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from runner.forge.act import pull_of
from runner.forge.book import Change, Page
from runner.forge.git import HEADS, Objects
from runner.forge.record import PullRecord
from runner.forge.refusal import Refusal
from runner.forge.settle import merged
from runner.repo.build import Identity, NewCommit
from runner.repo.ref import RefUpdate

Method = Literal["merge", "squash", "rebase"]


@dataclass(frozen=True, slots=True)
class MergeWish:
    """How to merge.

    Attributes:
        user: Who presses the button.
        sha: Tip that the head branch must have, None for any.
        title: Subject of the merge or squash commit, None for GitHub's default.
        message: Its body.
    """

    user: str
    method: Method = "merge"
    sha: str | None = None
    title: str | None = None
    message: str | None = None


def merge_pull(page: Page, number: int, wish: MergeWish, objects: Objects) -> Change:
    """Merge a pull request into its base.

    Raises:
        Refusal: it is not open, conflicts, or its branch moved away from `wish.sha`.
    """
    record = pull_of(page, number)
    head = page.refs.get(HEADS + record.head_ref)
    base = page.refs.get(HEADS + record.base_ref)
    if record.state != "open" or record.draft or head is None or base is None:
        raise Refusal(405, "Pull Request is not mergeable")
    if wish.sha is not None and wish.sha != head:
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")
    when = datetime.fromisoformat(page.at)
    if wish.method == "rebase":
        new = _rebase(base, head, objects)
    else:
        new = _join(record, base, head, wish, when=when, objects=objects)
    done = merged(record, sha=new, base=new, by=wish.user, at=page.at)
    moves = (RefUpdate(HEADS + record.base_ref, new, base),)
    return Change(page.state.with_pull(done), number, moves)


def _join(
    record: PullRecord,
    base: str,
    head: str,
    wish: MergeWish,
    *,
    when: datetime,
    objects: Objects,
) -> str:
    """Make the merge commit (two parents) or the squash commit (one)."""
    tree = _tree(base, head, objects)
    squash = wish.method == "squash"
    subject = f"{record.title} (#{record.number})"
    if not squash:
        subject = f"Merge pull request #{record.number} from {record.head_ref}"
    body = wish.message if wish.message is not None else ("" if squash else record.title)
    text = f"{wish.title or subject}\n\n{body}".strip() + "\n"
    author = Identity(wish.user, f"{wish.user}@users.noreply.git-loop.invalid")
    parents = (base,) if squash else (base, head)
    return objects.repo.build((NewCommit(parents, {}, text, author, when, tree),))[0]


def _rebase(base: str, head: str, objects: Objects) -> str:
    """Lay the branch's commits one by one on the base, merges left out; return the last."""
    tip = base
    for picked in objects.fresh(base, head):
        author = Identity(picked.author.name, picked.author.email)
        when = datetime.fromisoformat(picked.author.date)
        # A merge whose common ancestor is the commit's own parent is a cherry-pick: so the tip's
        # tree is dressed as a child of that parent first.
        dressed = NewCommit(picked.parents, {}, "dressed\n", author, when, tip)
        onto = objects.repo.build((dressed,))[0]
        tree = _tree(onto, picked.sha, objects)
        tip = objects.repo.build((NewCommit((tip,), {}, picked.message, author, when, tree),))[0]
    return tip


def _tree(ours: str, theirs: str, objects: Objects) -> str:
    tree = objects.merged_tree(ours, theirs)
    if tree is None:
        raise Refusal(405, "Pull Request is not mergeable")
    return tree
