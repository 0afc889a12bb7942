"""One iteration on one screen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from runner.core.crash import Point, reach
from runner.core.errors import LoopError
from runner.core.frozen import Frozen
from runner.core.progress import StageName
from runner.core.receipt import (
    CheckReceipt,
    MakeReceipt,
    Plan,
    PublishReceipt,
    RecordReceipt,
    VerdictReceipt,
)
from runner.core.row import Row
from runner.iteration.append import UnfinishedError, append
from runner.iteration.check import check
from runner.iteration.drift import show_drift
from runner.iteration.folder import RunFolder
from runner.iteration.make import make
from runner.iteration.notify import notify
from runner.iteration.parts import Declared, Parts
from runner.iteration.show import show
from runner.iteration.verdict import judge

Receipt = TypeVar("Receipt", bound=Frozen)
LEFT: dict[str, Point] = {
    "make": "made",
    "check": "checked",
    "gate": "gated",
    "record": "recorded",
    "publish": "published",
}
"""Stage to the point at which its receipt is durable."""


class StageError(LoopError):
    """The disk, or what lies on it, kept a stage from its end; the next run goes on from there."""


@dataclass(frozen=True, slots=True)
class Iterated:
    """What a run came to; `published` is None where nothing was to be published."""

    plan: Plan
    recorded: RecordReceipt
    published: PublishReceipt | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One planned run; every stage starts from the receipts of those before it.

    Attributes:
        past: Rows whose dev numbers and verdict words the maker may read.
        reopen: A person goes on though the last pull request was closed.
    """

    parts: Parts
    declared: Declared
    plan: Plan
    folder: RunFolder
    past: tuple[Row, ...] = ()
    reopen: bool = False

    def iterate(self) -> Iterated:
        """Take the run from its first missing receipt to its end."""
        with self._gpus():
            made = self._make()
            checked = self._check() if made.outcome == "candidate" else None
        if checked is not None and checked.outcome == "arms":
            self.gate()
        recorded = self.record()
        published = self.publish() if self.parts.forge is not None else None
        return Iterated(self.plan, recorded, published)

    def make(self) -> MakeReceipt:
        """Make a candidate, score it on dev, and share it with other machines."""
        with self._gpus():
            return self._make()

    def _make(self) -> MakeReceipt:
        due = self.folder.read("make", MakeReceipt) is None
        if due and any(self.folder.kept("ckpt").iterdir()):
            self.parts.progress.note("make    finds the checkpoint of an interrupted run")
        made = self._stage(
            "make",
            MakeReceipt,
            lambda: make(self.parts, self.declared, self.plan, self.folder, past=self.past),
            told=lambda made: made.reason or f"candidate {(made.candidate or '')[:12]}",
        )
        # After the receipt: where the store is out of reach nothing is made twice.
        self.parts.store.share(_shared(self.plan, made))
        return made

    def check(self) -> CheckReceipt:
        """Score both arms on the held-out split."""
        with self._gpus():
            return self._check()

    def _check(self) -> CheckReceipt:
        made = self._need("make", MakeReceipt)
        return self._stage(
            "check",
            CheckReceipt,
            lambda: check(self.parts, self.declared, self.plan, made, self.folder),
            told=lambda checked: checked.reason or f"{len(checked.arms) - 1} arms sealed",
        )

    def gate(self) -> VerdictReceipt:
        """Decide on the arms."""
        made, checked = self._need("make", MakeReceipt), self._need("check", CheckReceipt)
        return self._stage(
            "gate",
            VerdictReceipt,
            lambda: judge(self.parts, self.declared, self.plan, made, checked, self.folder),
            told=lambda verdict: verdict.verdict,
        )

    def record(self) -> RecordReceipt:
        """Commit the row and push both refs."""
        return self._stage(
            "record",
            RecordReceipt,
            lambda: append(self.parts, self.declared, self.plan, self.folder),
            told=lambda done: f"row {done.row.number} at {done.authority[:12]}",
        )

    def publish(self) -> PublishReceipt:
        """Show the tip's rows as a pull request, then tell those who asked to be told."""
        return self._stage(
            "publish",
            PublishReceipt,
            self._shown,
            told=lambda done: f"pull request #{done.number}" if done.number else "nothing to show",
        )

    def _shown(self) -> PublishReceipt:
        if self.declared.spec.monitors:
            shown = show_drift(self.parts, self.declared, self.plan.campaign)
        else:
            shown = show(self.parts, self.declared, self.plan.campaign, reopen=self.reopen)
        done = self.folder.read("record", RecordReceipt)
        if done is not None:
            notify(self.parts, self.declared, done, shown)
        return shown

    @contextmanager
    def _gpus(self) -> Iterator[None]:
        """Give back, in the end, the GPUs that stages take."""
        try:
            yield
        finally:
            self.parts.lease.give_back()

    def _at_work(self) -> str:
        """Say what is being tried and what the loop has cost so far."""
        tried = self.plan.hypothesis or self.plan.kind
        spent = f"{self.plan.head.spent_usd if self.plan.head else 0:.2f}"
        return tried if spent == "0.00" else f"{tried}, {spent} USD so far"

    def _need(self, stage: StageName, model: type[Receipt]) -> Receipt:
        found = self.folder.read(stage, model)
        if found is None:
            raise UnfinishedError(
                f"{self.folder.path}: stage {stage} has not finished; run it first"
            )
        return found

    def _stage(
        self,
        stage: StageName,
        model: type[Receipt],
        work: Callable[[], Receipt],
        *,
        told: Callable[[Receipt], str],
    ) -> Receipt:
        done = self.folder.read(stage, model)
        if done is not None:
            return done
        if stage in {"make", "check"}:
            self.parts.lease.take(self.declared.spec.gpus)  # before a stage's time is charged
        progress, began = self.parts.progress, self.parts.clock.monotonic()
        progress.stage_began(stage, detail=self._at_work())
        try:
            receipt = work()
        except OSError as err:
            where = err.filename or self.folder.path
            raise StageError(
                f"stage {stage}: {where}: {err.strerror or err}; run again to go on from here"
            ) from err
        self.folder.write(stage, receipt)
        reach(LEFT[stage])
        progress.stage_ended(
            stage, seconds=self.parts.clock.monotonic() - began, detail=told(receipt)
        )
        return receipt


def _shared(plan: Plan, made: MakeReceipt) -> tuple[str, ...]:
    """Return the candidates that the row of a run will name, and that later runs start from."""
    named = (plan.parent, plan.incumbent, *plan.refs.values(), made.candidate, *made.reruns)
    if plan.kind == "check":
        named = (made.candidate,)  # the reference is scores, wherever its candidate may be
    return tuple(dict.fromkeys(name for name in named if name is not None))
