"""What models said is kept: packed, sealed where the cases are held out, and named in an index."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.checkers.arm import ArmError
from runner.core.errors import InvalidCandidateError
from runner.core.row import Cost
from runner.iteration.child import CrashError
from runner.iteration.folder import RunFolder
from runner.seal.box import seal
from runner.store.store import Store
from runner.trace.index import PackEntry, Split, TraceIndex

INDEX = "traces"
CALLS = "traces"
"""Folder in which a built-in checker leaves the traces of one call."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the traces of one run go.

    Attributes:
        recipient: age public key of the eval; None where its held-out cases are no secret.
    """

    store: Store
    folder: RunFolder
    recipient: str | None


def keep_traces(
    shelf: Shelf,
    folders: Sequence[Path],
    *,
    arm: str,
    split: Split,
    candidate: str | None = None,
) -> PackEntry | None:
    """Pack what an arm's checker, or a proposer, left; None if that is nothing.

    A pack of the same arm, of a try before, is replaced. The folders stay: those of a held-out arm
    lie in the vault and go with it.

    Args:
        shelf: Where the traces go.
        folders: Of one arm, one per repetition of the check.
        arm: `train`, `make/attempt-1`, `dev/attempt-1`, `propose/attempt-1`, `candidate`,
            `incumbent`.
        split: Whose cases were answered; a proposer's own calls are of `train`.
        candidate: Id of the candidate that answered.

    Raises:
        TraceError: something there is no trace.
        SealError: the recipient is no age public key.
        StoreError: the disk refuses.
        RunFolderError: the index cannot be read or written.
    """
    if not folders:
        return None
    from runner.trace.pack import gather  # noqa: PLC0415 - a command leaves no traces

    packed = gather(folders, split=split)
    if not packed.cases:
        return None
    hidden = split == "heldout"
    key = shelf.recipient if hidden else None
    data = packed.data if key is None else seal(packed.data, key)
    entry = PackEntry(
        arm=arm,
        split=split,
        candidate=candidate,
        sha256=shelf.store.put_blob(data),
        size=len(data),
        sealed=key is not None,
        cases=() if hidden else packed.cases,
    )
    index = shelf.folder.read(INDEX, TraceIndex) or TraceIndex()
    shelf.folder.write(INDEX, index.with_pack(entry))
    return entry


def traces_of(folder: Path) -> tuple[Path, ...]:
    """Return where a built-in checker left the traces of an arm, one folder per repetition."""
    return tuple(sorted((*folder.glob(CALLS), *folder.glob(f"rep-*/{CALLS}"))))


@contextmanager
def charged(spent: list[Cost], folder: Path, *, split: Split) -> Iterator[None]:
    """Charge what an arm that comes to no scores has cost until then, as its traces tell.

    What was answered stays in the cells and is free from then on, so nothing else would count it.
    """
    try:
        yield
    except (CrashError, ArmError, InvalidCandidateError):
        spent.append(told_by(traces_of(folder), split=split))
        raise


def told_by(folders: Sequence[Path], *, split: Split) -> Cost:
    """Return what the calls in traces cost, where nobody came to say it."""
    from runner.trace.pack import gather  # noqa: PLC0415 - see above

    cases = gather(folders, split=split).cases
    return Cost(
        usd=round(sum(case.cost_usd for case in cases), 6),
        tokens_in=sum(case.tokens_in for case in cases),
        tokens_out=sum(case.tokens_out for case in cases),
    )
