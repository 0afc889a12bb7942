"""The experience that a candidate carries: what it has learned from, and where that came from."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from runner.core.canonical import canonical
from runner.training.curate.manifest import CurationManifest
from runner.training.row import TrainingRow, read_rows, write_rows

FOLDER = "experience"
ROWS, MANIFEST = "rows.jsonl", "curation.json"


def write_memory(candidate: Path, rows: Sequence[TrainingRow], manifest: CurationManifest) -> None:
    """Store rows, as trainers take them, and how the newest of them were curated.

    Raises:
        RowError: the file cannot be written.
    """
    folder = candidate / FOLDER
    folder.mkdir()
    write_rows(folder / ROWS, rows)
    (folder / MANIFEST).write_bytes(canonical(manifest.model_dump(mode="json")))


def read_memory(candidate: Path) -> tuple[TrainingRow, ...]:
    """Return the rows that a candidate has learned from; none of a base.

    Raises:
        RowError: they are damaged.
    """
    path = candidate / FOLDER / ROWS
    return read_rows(path) if path.is_file() else ()


def joined(older: Iterable[TrainingRow], newer: Iterable[TrainingRow]) -> tuple[TrainingRow, ...]:
    """Return both, each conversation once, the newer first."""
    found: dict[str, TrainingRow] = {}
    for row in (*newer, *older):
        found.setdefault(row.digest(), row)
    return tuple(found.values())
