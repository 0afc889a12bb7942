"""Which loops an event calls for, derived anew from git whatever the trigger said."""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from runner.core.problem import suggestion
from runner.iteration.parts import Declared
from runner.iteration.watch import newest_look
from runner.plan.watch import waits
from runner.record.past import read_head, read_rows
from runner.wiring.declare import declare_many
from runner.wiring.event import Event, EventError
from runner.wiring.house import House
from runner.wiring.look import bring, loops

UNFINISHED = frozenset({"baseline", "error", "superseded"})
"""Verdicts of a last row after which the iteration that was wanted has not been made."""
MOST = 256
"""Jobs that a matrix may have."""


@dataclass(frozen=True, slots=True)
class Due:
    """A loop that the event touches.

    Attributes:
        why: Why it runs, or why it does not.
    """

    loop: str
    runs: bool
    why: str


def due(house: House, event: Event) -> tuple[Due, ...]:
    """Return the loops that an event calls for, those that it may not start included.

    Raises:
        EventError: a dispatch names no loop of this checkout, or the event starts nothing.
        SpecError: a loop's spec is malformed.
    """
    found = _wanted(house, event)
    declared = declare_many(house.repo.top, [each.loop for each in found])
    pairs = zip(found, declared, strict=True)
    based = tuple(_based(event, each, its.spec.publish.base) for each, its in pairs)
    return fitted(based, day=house.clock.now().toordinal())


def fitted(found: tuple[Due, ...], *, day: int) -> tuple[Due, ...]:
    """Hold back the loops for which one workflow run has no room; which ones goes by the day.

    Args:
        found: What an event calls for.
        day: A number that grows by one each day, so that every loop has its turn.

    Source: "Actions limits" of GitHub's documentation; a larger matrix runs nothing at all.
    """
    ready = [each.loop for each in found if each.runs]
    if len(ready) <= MOST:
        return found
    start = day * MOST % len(ready)
    chosen = {*(ready[start:] + ready[:start])[:MOST]}
    why = f"a workflow run takes {MOST} loops and {len(ready)} are due; a dispatch may name it"
    return tuple(
        each if not each.runs or each.loop in chosen else replace(each, runs=False, why=why)
        for each in found
    )


def _wanted(house: House, event: Event) -> tuple[Due, ...]:
    known = loops(house)
    if event.name == "push":
        return _pushed(house, event, known)
    if event.name == "workflow_dispatch":
        if event.loop is None and event.ref:
            raise EventError(
                f"a dispatch must name a loop: one of {', '.join(known) or 'none yet'}"
            )
        if event.loop not in known:
            hint = suggestion(str(event.loop), known)
            raise EventError(f"loops/{str(event.loop)[:60]}.yaml is missing{hint}")
        return (Due(str(event.loop), runs=True, why="dispatched"),)
    if event.name == "schedule":
        bring(house)
        declared = declare_many(house.repo.top, known)
        return tuple(each for its in declared if (each := _scheduled(house, its)) is not None)
    raise EventError(
        f"event {event.name[:40]!r} starts no loop; expected push, workflow_dispatch or schedule"
    )


def _pushed(house: House, event: Event, known: tuple[str, ...]) -> tuple[Due, ...]:
    repo = house.repo
    if event.before is None or repo.resolve(event.before) is None:
        why = "the commit before the push is not in this clone"
        return tuple(Due(name, runs=True, why=why) for name in known)
    paths = map(PurePosixPath, repo.changed_paths(event.before, repo.head()))
    changed = {path.stem for path in paths if path.match("loops/*.yaml") and len(path.parts) == 2}  # noqa: PLR2004 - folder and file
    return tuple(
        Due(name, runs=True, why=f"loops/{name}.yaml changed") for name in known if name in changed
    )


def _scheduled(house: House, declared: Declared) -> Due | None:
    if declared.spec.monitors:
        return _monitor(house, declared)
    why = _unfinished(house, declared)
    return None if why is None else Due(declared.spec.loop, runs=True, why=why)


def _monitor(house: House, declared: Declared) -> Due | None:
    """Tell whether a monitor may have something to do: its plan knows, and says no for nothing."""
    loop, spec = declared.spec.loop, declared.spec
    authority = house.repo.resolve(f"refs/loops/{loop}")
    head = read_head(house.repo, authority, loop)
    due = Due(loop, runs=True, why="a check-only monitor")
    if authority is None or head is None or head.spec != declared.spec_digest:
        return due
    last = newest_look(house.repo, authority, head)
    now = house.clock.now().isoformat(timespec="seconds")
    early = last is not None and last.kind != "reset" and waits(spec, last, now=now) is not None
    return None if early and spec.watching.of is None else due


def _unfinished(house: House, declared: Declared) -> str | None:
    """Return what was begun and not ended, or None."""
    loop = declared.spec.loop
    authority = house.repo.resolve(f"refs/loops/{loop}")
    head = read_head(house.repo, authority, loop)
    if authority is None or head is None:
        return "no baseline yet"
    if head.spec != declared.spec_digest:
        return "its spec changed, and no row says so"
    rows = (
        read_rows(house.repo, authority, head, numbers=(number,))[0]
        for number in range(head.number, -1, -1)
    )
    last = next(row for row in rows if row.kind != "confirm")
    if last.kind == "reset" or last.verdict in UNFINISHED:
        return f"row {last.number} is {last.verdict or 'a reset'}, no iteration followed"
    return None


def _based(event: Event, each: Due, base: str) -> Due:
    """Hold back a loop whose base branch is not the one that the workflow runs on."""
    if event.ref == f"refs/heads/{base}":
        return each
    return Due(each.loop, runs=False, why=f"{event.ref} is not its base branch {base}")
