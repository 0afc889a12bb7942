"""What models said is kept: packed, sealed where the cases are held out, and named in an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.iteration.folder import RunFolder
from runner.seal.box import seal
from runner.store.store import Store
from runner.trace.index import PackEntry, Split, TraceIndex
from runner.trace.pack import gather

INDEX = "traces"


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
        arm: `train`, `dev/attempt-1`, `propose/attempt-1`, `candidate`, `incumbent`.
        split: Whose cases were answered; a proposer's own calls are of `train`.
        candidate: Id of the candidate that answered.

    Raises:
        TraceError: something there is no trace.
        SealError: the recipient is no age public key.
        StoreError: the disk refuses.
        RunFolderError: the index cannot be read or written.
    """
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
