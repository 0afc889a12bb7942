"""A monitor in words: whether what it watches scores as it did."""

from collections.abc import Iterable
from dataclasses import dataclass

from runner.core.row import GateNumbers, Row
from runner.report.escape import code, escape
from runner.report.number import interval, plural, probability, score, usd
from runner.report.view import CampaignView

_REASON = 1000


@dataclass(frozen=True, slots=True)
class Drift:
    """The newest drift that some rows tell of.

    Attributes:
        since: Number of the check that saw it first.
        ended: The row after which it is over, or None while it goes on.
    """

    since: int
    ended: Row | None = None


def drift_of(rows: Iterable[Row], *, since: int | None = None) -> Drift | None:
    """Return the newest drift among rows; None where there is none.

    Args:
        rows: Oldest first.
        since: The row at which the drift began that went on before them, or None.
    """
    found = None if since is None else Drift(since)
    for row in rows:
        if row.verdict == "drifted" and (found is None or found.ended is not None):
            found = Drift(row.number)
        elif row.verdict in {"steady", "baseline"} and found is not None and found.ended is None:
            found = Drift(found.since, row)
    return found


def newest_drift(view: CampaignView) -> Drift | None:
    """Return the newest drift of a monitor; one that began before the rows shown by its number."""
    if view.head.drifted is not None:
        return Drift(view.head.drifted)
    return drift_of(view.rows, since=view.since)


def watch_title(view: CampaignView) -> str:
    """Return the title of a monitor's pull request, which names the row that a drift began at."""
    start = f"loop({view.loop}):"
    drift = newest_drift(view)
    if drift is None:
        return f"{start} {view.primary} as it was"
    if drift.ended is not None:
        return f"{start} drift since row {drift.since} ended at row {drift.ended.number}"
    return f"{start} drift since row {drift.since}, {drop_words(view)}"


def watch_lines(view: CampaignView) -> str:
    """Return the five lines that a phone shows of a monitor."""
    base, rows = code(view.spec.publish.base), view.head.number + 1 - view.first
    lines = (
        ("If you merge", f"{base} gets {plural(max(rows, 0), 'row')} of history, nothing else"),
        ("Verdict", _verdict(view)),
        ("Score", drop_words(view)),
        ("Cost so far", f"{usd(view.head.spent_usd)}, {plural(view.head.number + 1, 'row')}"),
        ("Needed from you", _needed(view)),
    )
    return "\n".join(f"- **{name}:** {words}" for name, words in lines)


def drop_words(view: CampaignView) -> str:
    """Say what the newest check saw of the primary metric."""
    row = _newest_look(view)
    held = (row.heldout or {}).get(view.primary) if row is not None else None
    if row is None or held is None:
        return f"{view.primary} is not measured yet"
    if held.incumbent is None:
        return f"{view.primary} {score(held.candidate)}"
    words = f"{view.primary} {score(held.incumbent)} → {score(held.candidate)}"
    return words if row.gate is None else f"{words} ({_numbers(row.gate)})"


def drift_comment(view: CampaignView) -> str:
    """Return the one comment of a drift, as it stands now; "" where there is none."""
    drift, row = newest_drift(view), _newest_look(view)
    if drift is None or row is None:
        return ""
    return drift_words(view, drift, row)


def drift_words(view: CampaignView, drift: Drift, row: Row) -> str:
    """Say when a drift began, and what a row of it saw or what ended it."""
    watched = escape(watched_words(view))
    if drift.ended is not None:
        return (
            f"The drift that row {drift.since} of loop `{view.loop}` saw in {watched} ended at row "
            f"{drift.ended.number}: {escape(drift.ended.reason, limit=_REASON)}."
        )
    return (
        f"Loop `{view.loop}` sees a drift in {watched} since row {drift.since}. Row {row.number}: "
        f"{escape(row.reason, limit=_REASON)}."
    )


def watched_words(view: CampaignView) -> str:
    """Say what a monitor watches."""
    watch = view.spec.watching
    if watch.of is not None:
        how = {"promoted": "is in use", "incumbent": "was accepted last"}[watch.candidate]
        return f"the candidate of loop {watch.of} that {how}"
    return watch.path or "what its command asks"


def _newest_look(view: CampaignView) -> Row | None:
    kinds = {"baseline", "steady", "drifted"}
    return next((row for row in reversed(view.rows) if row.verdict in kinds), None)


def _verdict(view: CampaignView) -> str:
    row = view.newest
    if row is None:
        return "nothing has run yet"
    return f"{row.kind} {row.number} {row.verdict}: {escape(row.reason, limit=_REASON)}"


def _numbers(gate: GateNumbers) -> str:
    return (
        f"difference {gate.d:+.3f}, 95 % interval {interval(gate.interval)}, p of a loss "
        f"{probability(gate.p)} at level {gate.alpha:.2g}, n {gate.n}"
    )


def _needed(view: CampaignView) -> str:
    if view.stop is not None:
        return view.stop.mend
    drift = newest_drift(view)
    if drift is None or drift.ended is not None:
        return "nothing; merge or close"
    reset = f'`git-loop reset {view.loop} --reason "..."`'
    return (
        "find out what changed (the model behind it, its data, the checker). Closing says that you "
        f"have seen it: checks go on, and the next drift opens a page again. To take the new level "
        f"as the reference: {reset}"
    )
