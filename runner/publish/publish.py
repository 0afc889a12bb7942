"""Creates the campaign's pull request or reconciles it, looking again until it is as it should be.

One write without a second look loses an update whenever two publishers meet. So every write is
followed by a look, and what is looked for is rendered anew before: of two publishers the one with
the older rows learns of the newer ones and writes those.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from runner.core.crash import reach
from runner.core.forge import Forge, ForgeError, Pull
from runner.forge.standing import standing
from runner.publish.error import PublishError, pending
from runner.publish.story import DESCRIPTION_MAX, TITLE_MAX, Story, cut, same, shown

TRIES = 12
"""Looks before giving up; two publishers agree within three, twelve outlast a bad minute."""
BODY_MAX = 65_536
"""Characters that GitHub takes in a body."""
PAUSE_S = 0.25
"""Longest wait before the second look; each further one may wait that much longer, up to 2 s."""


@dataclass(frozen=True, slots=True)
class Published:
    """The pull request as it stands.

    Attributes:
        created: This call opened it.
        notes: What a reader should know and that stops nothing, such as a reviewer not found.
    """

    number: int
    url: str
    created: bool
    notes: tuple[str, ...]


def publish(
    forge: Forge,
    story: Story,
    *,
    again: Callable[[], Story] | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Published:
    """Show a campaign on the forge; the rows are already pushed.

    Args:
        forge: Where.
        story: What.
        again: Renders the story anew from the branch's tip as it is then; None when no one else
            can push.
        pause: Waits that many seconds between two looks.

    Raises:
        PublishError: the forge refused, was unreachable, a human closed the pull request, or others
            kept changing it; the rows are safe and the next run completes the work.
    """
    try:
        opened = _opened(forge, story, pause)
        reach("pr_opened")
        story, pull = _settled(forge, opened.pull, story, again or (lambda: story), pause)
        reach("pr_upserted")
        forge.set_status(
            story.sha,
            state=story.state,
            context=story.context,
            description=cut(story.description, DESCRIPTION_MAX),
        )
        reach("status_set")
        forge.set_check(  # only Apps may; the status says the same, so a no is nothing to tell
            story.sha,
            name=story.context,
            state=story.check,
            title=cut(story.description, DESCRIPTION_MAX),
            summary=story.summary,
        )
        forge.set_labels(pull.number, story.labels)
        reach("pr_labelled")
        for event in story.comments:
            forge.upsert_comment(pull.number, kind=event.kind, text=event.text)
            reach("commented")
    except ForgeError as err:
        raise pending(err) from err
    notes = _asked(forge, pull, story) if opened.created else ()
    return Published(pull.number, pull.url, opened.created, notes)


@dataclass(frozen=True, slots=True)
class _Opened:
    pull: Pull
    created: bool


def _opened(forge: Forge, story: Story, pause: Callable[[float], None]) -> _Opened:
    """Find the open pull request, or open one; after any error look before asking again."""
    created = False
    attempt = 1
    while (pull := _found(forge, story)) is None:
        try:
            return _Opened(_created(forge, story), created=True)
        except ForgeError as err:
            # 422 may be another publisher's pull request that the list does not show yet.
            refused = err.status == HTTPStatus.UNPROCESSABLE_ENTITY
            lost = refused and "already exists" in str(err)
            if not (err.transient or lost) or attempt == TRIES:
                raise
            created = created or err.transient
        pause(_wait(attempt))
        attempt += 1
    return _Opened(pull, created)


def _created(forge: Forge, story: Story) -> Pull:
    return forge.create_pull(
        branch=story.branch,
        base=story.base,
        title=cut(story.title, TITLE_MAX),
        body=shown(story, ""),
    )


def _found(forge: Forge, story: Story) -> Pull | None:
    stands = standing(forge.pulls(story.branch), reopen=story.reopen)
    if stands.kind == "new" or stands.pull is None:
        return None
    number = stands.pull.number
    if stands.kind == "declined":
        raise PublishError(
            f"pull request #{number} was closed without merging, so {story.branch} is declined; "
            "the rows are recorded, reopen it or run with --reopen to go on"
        )
    return stands.pull if stands.pull.state == "open" else _reopened(forge, number)


def _reopened(forge: Forge, number: int) -> Pull | None:
    """Open a declined pull request again; None where only a new one can follow it.

    A forge does not reopen one whose branch was deleted and made again.
    """
    try:
        return forge.reopen_pull(number)
    except ForgeError as err:
        if err.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        return None


def _settled(
    forge: Forge,
    pull: Pull,
    story: Story,
    again: Callable[[], Story],
    pause: Callable[[float], None],
) -> tuple[Story, Pull]:
    """Write and look again until what the forge holds is what the tip's rows say."""
    failed: ForgeError | None = None
    attempt = 1
    while True:
        pull = forge.pull(pull.number)
        story = again() if attempt > 1 else story
        title = cut(story.title, TITLE_MAX)
        body = shown(story, pull.body)
        if same(body, pull.body) and same(title, pull.title):
            return story, pull
        _check_length(body, pull)
        if attempt == TRIES:
            others = f"pull request #{pull.number} was changed by others at each of {TRIES} looks"
            raise failed or pending(others)
        failed = _write(forge, pull, title=title, body=body)
        if attempt > 1:
            pause(_wait(attempt))
        attempt += 1


def _write(forge: Forge, pull: Pull, *, title: str, body: str) -> ForgeError | None:
    """Send an edit; one that may have had its effect is judged by the look that follows."""
    try:
        forge.edit_pull(pull.number, title=title, body=body)
    except ForgeError as err:
        if not err.transient:
            raise
        return err
    return None


def _check_length(body: str, pull: Pull) -> None:
    if len(body) > BODY_MAX:
        raise pending(
            f"the body of #{pull.number} would be {len(body)} characters long and the forge takes "
            f"{BODY_MAX}; shorten the text outside the git-loop markers"
        )


def _asked(forge: Forge, pull: Pull, story: Story) -> tuple[str, ...]:
    """Ask for reviews; who cannot be asked is noted, since the pull request stands without."""
    if not story.reviewers:
        return ()
    try:
        forge.request_reviewers(pull.number, story.reviewers)
    except ForgeError as err:
        return (str(err),)
    return ()


def _wait(attempt: int) -> float:
    return random.uniform(0, min(PAUSE_S * attempt, 2.0))  # noqa: S311 - jitter
