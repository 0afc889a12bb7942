"""What the pull requests of a branch say about the campaign on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from runner.core.forge import Pull


@dataclass(frozen=True, slots=True)
class Standing:
    """How a campaign stands in front of its reviewers.

    Attributes:
        kind: `continue` on the open (or reopened) pull request; `new` campaign, because the last
            one was merged or there was none; `declined`, because a human closed the last one.
        pull: The pull request that decides, None where there is none.
    """

    kind: Literal["continue", "new", "declined"]
    pull: Pull | None


def standing(pulls: Sequence[Pull], *, reopen: bool = False) -> Standing:
    """Decide from a branch's pull requests, in any order, whether work on it goes on.

    Args:
        pulls: All pull requests whose head is the branch, any state.
        reopen: A human overrules the decline; the closed pull request is the one to open again.

    Source: design section 8; closed means declined, as with renovate and dependabot.
    """
    newest_first = sorted(pulls, key=lambda pull: pull.number, reverse=True)
    for pull in newest_first:
        if pull.state == "open":
            return Standing("continue", pull)
    if not newest_first:
        return Standing("new", None)
    last = newest_first[0]
    if last.merged:
        return Standing("new", last)
    return Standing("continue" if reopen else "declined", last)
