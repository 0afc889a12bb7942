"""Makes of one loop side by side: each in a process of its own, judged one after another."""

import fcntl
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runner.core.errors import LoopError
from runner.core.progress import StageName
from runner.core.receipt import MakeReceipt, Plan, Refusal
from runner.iteration.beside import MADE, Beside, ask, misfit, plans_ahead, waiting
from runner.iteration.folder import RunFolder
from runner.iteration.make import make
from runner.iteration.parts import Declared, Parts
from runner.iteration.past import past_of
from runner.iteration.plan import run_path
from runner.iteration.run import StageError
from runner.wiring.declare import declare
from runner.wiring.house import enter, parts_of

if TYPE_CHECKING:
    from runner.fanout.alone import Say


class BesideMakeError(LoopError):
    """A make beside others that left no receipt; the next run goes on with it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One make, for a process of its own.

    Attributes:
        top: The repository's top.
        folder: Where the make was asked for.
    """

    top: Path
    folder: Path
    plan: Plan


def besides_of(
    parts: Parts, declared: Declared, planned: Plan | Refusal, *, parallel: int
) -> tuple[Beside, ...]:
    """Return the makes that wait for their turn, those of them made that may be made now.

    Where none waits and several are wanted, the next hypotheses are asked for and made at once: so
    many as the stop rule and the budget might need, and no more.

    Args:
        parts: The effects.
        declared: Spec and eval.
        planned: What the loop would run now.
        parallel: How many at once, at least 1.

    Raises:
        BesideMakeError: one ended without a receipt; the receipts of the others stay.
    """
    loop = declared.spec.loop
    found = waiting(parts, loop)
    if isinstance(planned, Refusal):
        return found
    if not found and parallel > 1 and not run_path(parts, planned).exists():
        plans = plans_ahead(parts, declared, planned, most=parallel)
        for each in plans if len(plans) > 1 else ():
            ask(parts, each)
        found = waiting(parts, loop)
    due = [
        each
        for each in found[:parallel]
        if each.made is None and not misfit(each, planned, declared.spec)
    ]
    if due:
        make_all(parts, due)
    return waiting(parts, loop) if due else found


def make_all(parts: Parts, due: Sequence[Beside]) -> None:
    """Make several at once, each in a process of its own.

    Nothing is checked before all have ended: while a held-out split is open, no maker runs. Each
    takes the GPUs that the spec asks for; where they do not go round, some wait for others.

    Raises:
        BesideMakeError: one ended without a receipt; the receipts of the others stay.
    """
    from runner.fanout.alone import all_at_once  # noqa: PLC0415 - few runs make several at once

    jobs = {
        f"{each.asked.number} ({each.asked.hypothesis or each.asked.line})": Job(
            parts.repo.top, each.folder.path, each.asked
        )
        for each in due
    }
    told, began = f"{len(jobs)} at once: {', '.join(jobs)}", parts.clock.monotonic()
    parts.progress.stage_began("make", detail=told)
    faults = all_at_once(
        make_one, jobs, note=lambda name, text: parts.progress.note(f"make {name}: {text}")
    )
    for name, why in faults.items():
        raise BesideMakeError(f"make {name}: {why}; run again to go on, what is made is kept")
    seconds = parts.clock.monotonic() - began
    parts.progress.stage_ended("make", seconds=seconds, detail=told)


def make_one(job: Job, say: "Say") -> None:
    """Make one candidate where it was asked for, unless that is done; alone in its folder.

    Raises:
        StageError: the disk, or what lies on it, kept it from its end.
    """
    try:
        _make(job, say)
    except OSError as err:
        where = err.filename or job.folder
        raise StageError(f"{where}: {err.strerror or err}") from err


def _make(job: Job, say: "Say") -> None:
    house, folder = enter(job.top), RunFolder(job.folder)
    lock = os.open(job.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one whose starter was killed may still be ending
        if folder.read(MADE, MakeReceipt) is not None:
            return
        declared = declare(house.repo.top, job.plan.loop)
        parts = parts_of(house, declared, progress=Aside(say), publish=False)
        past = past_of(parts, job.plan)
        parts.lease.take(declared.spec.gpus)  # before its time is charged
        folder.write(MADE, make(parts, declared, job.plan, folder, past=past))
    finally:
        os.close(lock)


@dataclass(frozen=True, slots=True)
class Aside:
    """A make beside others tells its notes to its starter, and nothing of its stages."""

    say: "Say"

    def stage_began(self, stage: StageName, *, detail: str) -> None:
        """Say nothing."""

    def stage_ended(self, stage: StageName, *, seconds: float, detail: str) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say it to the starter."""
        self.say(text)
