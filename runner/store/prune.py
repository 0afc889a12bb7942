"""Space given back: whatever no row of any ref names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.store.error import told
from runner.store.store import Store


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went: candidates and bytes of blobs."""

    candidates: tuple[str, ...]
    size: int


def prune(
    store: Store, *, candidates: Iterable[str], blobs: Iterable[str], before: float
) -> Pruned:
    """Delete what is neither named, nor referred to by a named candidate, nor recent.

    Args:
        store: The store.
        candidates: Ids that rows name; their ensemble members stay with them.
        blobs: Digests that rows name, such as those of sealed scores.
        before: Only files last written before this POSIX time go, so that a candidate which a
            running iteration has stored and not yet recorded stays.

    Raises:
        StoreError: a named candidate's manifest is damaged, or the disk refuses.
    """
    kept = _closure(store, candidates)
    fresh = {name for name in store.candidates() if not _old(_manifest(store, name), before)}
    kept |= _closure(store, fresh)
    live = set(blobs)
    for name in kept:
        live |= {entry.sha256 for entry in store.manifest(name).files}
    gone = tuple(name for name in store.candidates() if name not in kept)
    with told(store.root):
        # Manifests first: a candidate that is still listed is whole at every moment.
        for name in gone:
            _manifest(store, name).unlink()
        size = sum(_delete(file) for file in _dead(store, live=live, before=before))
    return Pruned(gone, size)


def _closure(store: Store, candidates: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    waiting = [name for name in candidates if store.has(name)]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [
                member for member in store.manifest(name).refs.values() if store.has(member)
            ]
    return seen


def _dead(store: Store, *, live: set[str], before: float) -> Iterator[Path]:
    for file in (store.root / "blobs").glob("*/*"):
        if file.name not in live and _old(file, before):
            yield file
    for file in (store.root / "incoming").glob("*"):
        if _old(file, before):
            yield file


def _manifest(store: Store, name: str) -> Path:
    return store.root / "manifests" / name[:2] / f"{name}.json"


def _old(file: Path, before: float) -> bool:
    return file.stat().st_mtime < before


def _delete(file: Path) -> int:
    size = file.stat().st_size
    file.unlink()
    return size
