"""Which pull request a run belongs to: the open one, a new one, or none because it was declined."""

from collections.abc import Sequence

from runner.core.errors import LoopError
from runner.core.forge import Pull
from runner.core.head import Stop
from runner.core.receipt import Campaign, Refusal
from runner.forge.standing import standing
from runner.record.append_only import check_append_only
from runner.record.book import Held
from runner.record.past import head_in_tree, landed, read_head
from runner.repo.repo import Repo


def campaign_of(
    repo: Repo, loop: str, held: Held, *, base: str, pulls: Sequence[Pull], reopen: bool
) -> Campaign | Refusal:
    """Decide the campaign from the forge's pull requests and the remote's refs.

    A branch whose rows the base does not hold yet is gone on with, whatever became of its pull
    request's record: rows and dollars are never dropped.

    Args:
        repo: Holds the commits.
        loop: The loop's id.
        held: What the remote has.
        base: Commit of the base branch.
        pulls: Pull requests of the branch; empty where nothing is published.
        reopen: A person goes on though the last pull request was closed.

    Raises:
        LoopError: what is recorded was changed by hand.
    """
    if held.authority is not None:
        check_append_only(repo, loop, held.authority)
    stands = standing(pulls, reopen=reopen)
    if stands.kind == "declined" and stands.pull is not None:
        return _declined(loop, stands.pull)
    number = stands.pull.number if stands.kind == "continue" and stands.pull else None
    merged = (
        number is None
        and held.branch is not None
        and landed(repo, loop, base=base, branch=held.branch)
    )
    if held.branch is None and number is not None and stands.pull is not None:
        # A forge reopens a pull request only on a branch that still holds its commits.
        tip = repo.resolve(stands.pull.head_sha)
        return Campaign(tip=tip, authority=held.authority, base=base, pull=number)
    if held.branch is not None and not merged and edited_by_hand(repo, loop, held):
        return _tampered(loop, held)
    if held.branch is None or merged:
        return Campaign(tip=None, authority=held.authority, base=base, replaces=held.branch)
    return Campaign(tip=held.branch, authority=held.authority, base=base, pull=number)


def first_row(repo: Repo, loop: str, *, base: str) -> int:
    """Return the number of the campaign's first row: the one after those the base holds."""
    head = head_in_tree(repo, loop, base)
    return 0 if head is None else head.number + 1


def edited_by_hand(repo: Repo, loop: str, held: Held) -> bool:
    """Tell whether a commit on the branch changed recorded state.

    A branch that lags behind the authority (a push that moved one ref only) was not edited: it
    holds what the authority held some rows ago.

    Raises:
        LoopError: what the authority holds cannot be trusted either.
    """
    if held.branch is None or held.authority is None:
        return False
    folder = f"state/{loop}"
    theirs = repo.tree_sha(held.branch, folder)
    if theirs in {None, repo.tree_sha(held.authority, folder)}:
        return theirs is None and repo.read(held.authority, f"{folder}/head.json") is not None
    here = read_head(repo, held.authority, loop)
    try:
        there = read_head(repo, held.branch, loop)
    except LoopError:
        return True
    if here is None or there is None:
        return True
    lag = max(0, here.number - there.number)
    return repo.tree_sha(f"{held.authority}~{lag}", folder) != theirs


def _tampered(loop: str, held: Held) -> Refusal:
    ref = f"refs/loops/{loop}"
    return Refusal(
        loop=loop,
        stop=Stop(
            name="tampered",
            why=f"a commit on loop/{loop} changed state/{loop}/, which only git-loop writes",
            mend=f"revert it on the branch: git checkout {held.authority} -- state/{loop} && "
            f"git commit (what is recorded stands unharmed in {ref})",
        ),
    )


def _declined(loop: str, pull: Pull) -> Refusal:
    return Refusal(
        loop=loop,
        stop=Stop(
            name="declined",
            why=f"pull request #{pull.number} was closed without merging",
            mend=f"reopen it, or run `git-loop run {loop} --reopen`",
        ),
    )
