"""The verbs that do work: run, try, reset, and one stage at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from runner.core.crash import reach
from runner.core.errors import LoopError
from runner.core.forge import Pull
from runner.core.progress import Progress
from runner.core.receipt import Campaign, Plan, Refusal
from runner.core.row import Row
from runner.iteration.append import book_of
from runner.iteration.beside import require_independent, waiting
from runner.iteration.campaign import campaign_of
from runner.iteration.drift import show_drift
from runner.iteration.isolation import require
from runner.iteration.parts import Declared, Parts
from runner.iteration.past import past_of
from runner.iteration.plan import folder_of, plan
from runner.iteration.run import Iterated, Run
from runner.iteration.show import show
from runner.iteration.turn import Table, Turned, turn
from runner.iteration.vault import require_key
from runner.record.adopt import adopt
from runner.record.record import Entry, record
from runner.report.escape import escape
from runner.wiring.beside import besides_of
from runner.wiring.declare import declare, require_committed
from runner.wiring.forge import settle_base
from runner.wiring.house import House, base_of, parts_of
from runner.wiring.lock import only_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One loop of one repository, ready to work; holds the loop's lock."""

    house: House
    declared: Declared
    parts: Parts
    base: str

    def campaign(self, *, reopen: bool = False) -> Campaign | Refusal:
        """Return the campaign that a run belongs to, or that it was declined."""
        spec, book = self.declared.spec, book_of(self.parts, self.declared)
        held = book.held()
        if self.house.site.bare is not None:
            held = adopt(book, held)
        base = settle_base(
            self.house.repo,
            self.house.site,
            branch=spec.publish.base,
            commit=self.base,
            held=held.base,
        )
        return campaign_of(
            self.parts.repo,
            spec.loop,
            held,
            base=base,
            pulls=self._pulls(),
            reopen=reopen or spec.monitors,  # a closed alarm was seen, which declines nothing
        )

    def warn(self, refusal: Refusal) -> None:
        """Tell an open pull request's readers why the loop rests, in one comment."""
        if self.parts.forge is None:
            return
        why = escape(refusal.stop.why, limit=1000)
        text = f"The loop rests: {why}.\n\nTo go on: {refusal.stop.mend}."
        with self.parts.forge() as forge:
            for pull in forge.pulls(f"loop/{refusal.loop}"):
                if pull.state == "open":
                    forge.upsert_comment(pull.number, kind=refusal.stop.name, text=text)

    def _pulls(self) -> tuple[Pull, ...]:
        if self.parts.forge is None:
            return ()
        with self.parts.forge() as forge:
            return forge.pulls(f"loop/{self.declared.spec.loop}")


@contextmanager
def work_on(house: House, name: str, *, progress: Progress, publish: bool) -> Iterator[Bench]:
    """Take a loop to work on, alone on this machine.

    Raises:
        LoopError: the spec is malformed or not committed, the base branch is missing, isolation is
            too weak, or another run is at work.
    """
    with bench_of(house, name, progress=progress, publish=publish) as bench:
        require(bench.parts.isolation, bench.declared.spec)
        yield bench


@contextmanager
def bench_of(house: House, name: str, *, progress: Progress, publish: bool) -> Iterator[Bench]:
    """Take a loop to work on where the isolation of its make was measured elsewhere.

    Raises:
        LoopError: as `work_on`, whatever the isolation here.
    """
    declared = declare(house.repo.top, name)
    house.repo.head()
    require_committed(house.repo, declared)
    base = base_of(house, declared.spec.publish.base)
    with only_run(house.home, name):
        parts = parts_of(house, declared, progress=progress, publish=publish)
        yield Bench(house=house, declared=declared, parts=parts, base=base)


def run(
    bench: Bench,
    *,
    iterations: int,
    reopen: bool = False,
    tried: str | None = None,
    parallel: int = 1,
) -> Iterator[Iterated | Refusal]:
    """Run iterations until their number is reached or the loop rests; yields each as it ends.

    A baseline that is due runs first and is not counted. Makes that an earlier run left beside
    each other are judged before anything new is made.

    Args:
        bench: The loop.
        iterations: How many.
        reopen: A person goes on though the last pull request was closed.
        tried: Commit that a person puts through the gate.
        parallel: How many hypotheses to make at once.

    Raises:
        VaultError: the key of a sealed eval is not here; said before anything is made.
        BesideError: makes of this loop cannot be done side by side.
    """
    require_key(bench.parts, bench.declared)
    if parallel > 1:
        require_independent(bench.declared.spec)
    left, baselines = iterations, 0
    loop, stopped = bench.declared.spec.loop, False
    # at most one baseline before each iteration, so that none can repeat for ever
    while waiting(bench.parts, loop) if stopped else left and baselines <= iterations:
        wish = Wish(reopen=reopen, tried=tried, parallel=min(parallel, left or 1))
        done = _next(bench, wish)
        if done is None:
            continue
        if isinstance(done, Refusal):
            yield done
            return
        recorded = done.iterated.recorded
        # a monitor's reference is a check like any other
        baseline = recorded.row.verdict == "baseline" and not bench.declared.spec.monitors
        left -= done.counts and not baseline
        baselines += baseline
        stopped = stopped or (recorded.stop is not None and not tried)
        yield done.iterated


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a person wants the next iteration; see `run`."""

    reopen: bool
    tried: str | None
    parallel: int


def _next(bench: Bench, wish: Wish) -> Turned | Refusal | None:
    """Bring one run to its row, or say why none is; None where a row was found to be there."""
    parts, declared = bench.parts, bench.declared
    campaign = bench.campaign(reopen=wish.reopen)
    if isinstance(campaign, Refusal):
        if campaign.stop.name == "tampered":
            bench.warn(campaign)
        return campaign
    planned = plan(parts, declared, campaign, tried=wish.tried)
    besides = () if wish.tried else besides_of(parts, declared, planned, parallel=wish.parallel)
    if besides:
        table = Table(parts=parts, declared=declared, campaign=campaign, reopen=wish.reopen)
        return turn(table, besides[0], planned)
    if isinstance(planned, Refusal):
        _catch_up(bench, campaign, reopen=wish.reopen)
        return planned
    return Turned(afresh(bench, planned, reopen=wish.reopen).iterate(), counts=True)


def afresh(bench: Bench, planned: Plan, *, reopen: bool = False) -> Run:
    """Return the run of a plan just made.

    A plan is made only of what is not recorded, so a receipt that says otherwise is of a row that
    the remote has lost since.
    """
    run_ = started(bench, planned, reopen=reopen)
    run_.folder.forget("record", "publish")
    return run_


def started(bench: Bench, planned: Plan, *, reopen: bool = False) -> Run:
    """Return the run of a plan, in its directory, at its first missing receipt.

    A run that was begun keeps its plan; only the campaign is today's, since a pull request may have
    been opened or merged while the run was interrupted.
    """
    folder = folder_of(bench.parts, planned)
    begun = folder.read("plan", Plan)
    if begun is not None:
        planned = begun.model_copy(update={"campaign": planned.campaign})
    if begun != planned:
        folder.write("plan", planned)
    reach("planned")
    return Run(
        parts=bench.parts,
        declared=bench.declared,
        plan=planned,
        folder=folder,
        past=past_of(bench.parts, planned),
        reopen=reopen,
    )


def reset(bench: Bench, reason: str) -> Row:
    """Record a reset by hand.

    Raises:
        LoopError: the loop has no row yet, or its last pull request was declined.
    """
    campaign = bench.campaign(reopen=True)
    if isinstance(campaign, Refusal) or campaign.authority is None:
        raise LoopError(
            f"loop {bench.declared.spec.loop} has no row yet: there is nothing to reset"
        )
    planned = plan(bench.parts, bench.declared, campaign, reset=reason)
    if isinstance(planned, Refusal):
        name, stop = planned.loop, planned.stop
        raise LoopError(f"a reset does not wake {name} ({stop.name}): {stop.why}; {stop.mend}")
    if planned.reset is None:
        raise LoopError("a new baseline is due, which resets the loop by itself; just run it")
    done = record(
        book_of(bench.parts, bench.declared),
        planned.model_copy(update={"run": planned.reset.run, "number": planned.reset.number}),
        [Entry(row=planned.reset, surface={})],
        when=bench.parts.clock.now(),
    )
    return done.row


def _catch_up(bench: Bench, campaign: Campaign, *, reopen: bool) -> None:
    """Show rows that an interrupted run recorded but did not publish."""
    if bench.parts.forge is None:
        return
    if bench.declared.spec.monitors and campaign.authority is not None:
        show_drift(bench.parts, bench.declared, campaign)
    elif campaign.tip is not None:
        show(bench.parts, bench.declared, campaign, reopen=reopen)
