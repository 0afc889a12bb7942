"""The publish stage: render the tip's rows and have the forge show them."""

from collections.abc import Sequence

from runner.core.forge import StatusState
from runner.core.head import Head, Stop
from runner.core.receipt import Campaign, PublishReceipt
from runner.core.row import Row
from runner.iteration.append import book_of
from runner.iteration.campaign import first_row
from runner.iteration.parts import Declared, Parts
from runner.iteration.watch import drift_before
from runner.ledger.budget import reserve
from runner.ledger.stop import stop
from runner.publish.error import pending
from runner.publish.story import Event, Story
from runner.record.past import read_head, read_rows, read_tail
from runner.repo.repo import Repo
from runner.report.body import render_body, title
from runner.report.confirm import Confirmation, confirm_words, confirmation
from runner.report.escape import escape
from runner.report.view import CampaignView, opener
from runner.report.watch import drift_comment, drop_words, newest_drift
from runner.report.word import gain_words

SHOWN = 50
STATES: dict[Confirmation | None, StatusState] = {
    None: "success",
    "confirmed": "success",
    "refuted": "failure",
    "waits": "pending",
    "spent": "pending",
}
"""Where a claim stands with the lock-box, to the state of the commit status."""
WAITING = frozenset({"waits", "spent"})
_WHY = 1000


def show(
    parts: Parts, declared: Declared, campaign: Campaign, *, reopen: bool = False
) -> PublishReceipt:
    """Create or update the campaign's pull request from what the tip holds now.

    Raises:
        PublishError: the forge refused; the rows are recorded and the next run completes it.
    """
    from runner.publish.publish import publish  # noqa: PLC0415 - only publishing pays for it

    assert parts.forge is not None  # noqa: S101 - the stage runs only when something is published
    with parts.forge() as forge:

        def render() -> Story:
            return story_of(parts, declared, campaign, reopen=reopen)

        done = publish(forge, render(), again=render, pause=parts.pause)
    for note in done.notes:
        parts.progress.note(note)
    return PublishReceipt(number=done.number, url=done.url, created=done.created)


def view_of(repo: Repo, declared: Declared, *, authority: str, base: str) -> CampaignView:
    """Return the campaign as the authority ref holds it.

    Args:
        repo: Holds both commits.
        declared: The loop.
        authority: Commit of `refs/loops/<id>`.
        base: Commit of the base branch; rows that it holds belong to earlier campaigns.
    """
    spec = declared.spec
    head = read_head(repo, authority, spec.loop)
    if head is None:
        raise ValueError("an authority ref without a head")
    first = first_row(repo, spec.loop, base=base)
    count = min(SHOWN, max(1, head.number + 1 - first))
    rows = read_tail(repo, authority, head, count=count)
    return CampaignView(
        spec=spec,
        head=head,
        eval=declared.evaluation,
        rows=rows,
        claims=_claims(repo, authority, head, rows=rows, first=first),
        confirm=_confirm(repo, authority, head, rows=rows, first=first),
        first=first,
        stop=stop(head, spec),
        since=_since(repo, authority, head, rows=rows) if spec.monitors else None,
        controls=_controls(rows),
        reserve_usd=reserve(head, spec) or None,
        next_command=f"git-loop run {spec.loop}",
    )


def story_of(parts: Parts, declared: Declared, campaign: Campaign, *, reopen: bool) -> Story:
    """Render the pull request of a campaign that has at least one row.

    Raises:
        PublishError: someone deleted the branch.
    """
    held = book_of(parts, declared).held()
    spec = declared.spec
    if held.authority is None or held.branch is None:
        raise pending(f"branch loop/{spec.loop} is not on the remote")
    view = view_of(parts.repo, declared, authority=held.authority, base=campaign.base)
    return Story(
        loop=spec.loop,
        branch=f"loop/{spec.loop}",
        base=spec.publish.base,
        sha=held.branch,
        title=title(view),
        body=render_body(view),
        state=_state(view),
        description=_description(view),
        stopped=view.stop is not None,
        waits=confirmation(view) in WAITING,
        comments=(*_events(view.stop), *_drift(view)),
        reviewers=spec.publish.reviewers,
        reopen=reopen,
    )


def _description(view: CampaignView) -> str:
    if view.spec.monitors:
        return drop_words(view)
    return confirm_words(view) or gain_words(view)


def _drift(view: CampaignView) -> tuple[Event, ...]:
    drift = newest_drift(view) if view.spec.monitors else None
    return () if drift is None else (Event(f"drift-{drift.since}", drift_comment(view)),)


def _state(view: CampaignView) -> StatusState:
    if view.spec.monitors:
        return "success" if view.head.drifted is None else "failure"
    if view.stop is not None and view.stop.name == "failing":
        return "failure"
    return STATES[confirmation(view)] if view.claims else "pending"


def _events(stop_: Stop | None) -> tuple[Event, ...]:
    if stop_ is None:
        return ()
    why = escape(stop_.why, limit=_WHY)
    return (Event("stopped", f"The loop stopped: {why}.\n\nTo go on: {stop_.mend}."),)


def _claims(
    repo: Repo, authority: str, head: Head, *, rows: Sequence[Row], first: int
) -> tuple[Row, ...]:
    """Return the campaign's accepts: those among the rows shown, and the incumbent if older."""
    shown = tuple(row for row in rows if row.verdict == "accept")
    older = head.incumbent_row
    if older is None or older < first or any(row.number == older for row in rows):
        return shown
    found = read_rows(repo, authority, head, numbers=(older,))
    return (*(row for row in found if row.verdict == "accept"), *shown)


def _since(repo: Repo, authority: str, head: Head, *, rows: Sequence[Row]) -> int | None:
    """Return the row at which the drift began that went on before the rows shown."""
    begun = drift_before(repo, authority, head, rows[0].number)
    return None if begun is None else begun.number


def _confirm(
    repo: Repo, authority: str, head: Head, *, rows: Sequence[Row], first: int
) -> Row | None:
    """Return the campaign's newest row that opened a lock-box, shown or older, or None."""
    newest = max(head.opened.values(), default=-1)
    if newest < first:
        return None
    found = opener(head, rows)
    return found or read_rows(repo, authority, head, numbers=(newest,))[0]


def _controls(rows: tuple[Row, ...]) -> dict[str, dict[str, float]]:
    """Return the control rows of the newest claim, else of the baseline."""
    found = next((row.controls for row in reversed(rows) if row.controls), None)
    return found or {}
