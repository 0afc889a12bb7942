"""Attempts written down while the make stage works: an interrupted one is gone on with."""

from dataclasses import dataclass

from runner.core.receipt import Attempt, AttemptReceipt
from runner.iteration.folder import RunFolder
from runner.iteration.order import Order

ATTEMPTS = "attempts"
"""Folder of the run directory, out of a maker's reach, with a receipt per attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What is written down of one attempt.

    Attributes:
        kept: What an interrupted run left of it; None where the attempt begins here.
        charged: How many costs the make stage knew before this attempt.
        began: When this process began with it, on the clock that only grows.
    """

    order: Order
    kept: AttemptReceipt | None
    charged: int
    began: float

    @property
    def ended(self) -> Attempt | None:
        """Return the attempt if it had come to its end."""
        return self.kept.attempt if self.kept is not None and self.kept.ended else None

    @property
    def named(self) -> Attempt | None:
        """Return the attempt if its candidate is in the store and still to be scored."""
        return self.kept.attempt if self.kept is not None and not self.kept.ended else None

    @property
    def earlier_s(self) -> float:
        """Return the wall time that an interrupted run had spent on the attempt."""
        return 0.0 if self.kept is None else self.kept.seconds

    def keep(self, attempt: Attempt, *, ended: bool) -> None:
        """Write the attempt down as it stands.

        Raises:
            RunFolderError: the disk refuses.
        """
        order = self.order
        elapsed = order.parts.clock.monotonic() - self.began
        receipt = AttemptReceipt(
            mark=order.plan.mark,
            attempt=attempt,
            ended=ended,
            spent=tuple(order.bench.spent[self.charged :]),
            seconds=round(self.earlier_s + elapsed, 3),
        )
        _pages(order).write(str(order.number), receipt)


def journal(order: Order) -> Journal:
    """Open an attempt's journal, and charge what it has cost so far.

    A candidate that was named and is not in the store was interrupted between the two: the attempt
    is made again.

    Raises:
        RunFolderError: a receipt cannot be read.
    """
    charged, kept = len(order.bench.spent), _pages(order).read(str(order.number), AttemptReceipt)
    if kept is not None and not _holds(order, kept):
        kept = None
    if kept is not None:
        order.bench.spent.extend(kept.spent)
    began = order.parts.clock.monotonic()
    return Journal(order=order, kept=kept, charged=charged, began=began)


def _holds(order: Order, kept: AttemptReceipt) -> bool:
    if kept.mark != order.plan.mark:
        return False
    candidate = kept.attempt.candidate
    return candidate is None or order.parts.store.has(candidate)


def _pages(order: Order) -> RunFolder:
    return RunFolder(order.bench.shelf.folder.kept(ATTEMPTS))
