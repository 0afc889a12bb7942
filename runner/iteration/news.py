"""What is new in a monitor's rows, told by the machine that recorded them.

A row is noted down before it is pushed, so that a run that ends between its push and its alerts
leaves them to the next run on that machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runner.core.canonical import canonical, digest
from runner.core.file import write_atomic
from runner.core.row import Row, row_digest
from runner.iteration.parts import Declared, Parts
from runner.iteration.watch import drift_before
from runner.record.past import read_rows
from runner.report.view import CampaignView

EXPECTED = "recorded"


@dataclass(frozen=True, slots=True)
class News:
    """A drift that began or ended.

    Attributes:
        row: The row that saw it.
        begun: The row at which the drift began.
    """

    event: Literal["drifted", "ended"]
    row: Row
    begun: Row

    def key(self, loop: str, *, repository: str) -> str:
        """Name the event: the same at every try, and another one in every other repository."""
        mark = digest(canonical([repository, row_digest(self.begun)]))[:12]
        return f"{loop}-{self.begun.number}-{self.event}-{mark}"


def expect(parts: Parts, declared: Declared, row: Row) -> None:
    """Note down a monitor's row that is about to be pushed and may be news."""
    spec = declared.spec
    if not (spec.monitors and spec.watching.alert) or row.verdict == "error":
        return
    path = _note(parts, spec.loop, row.number)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, canonical([row.run, row.mark]))


def expected(parts: Parts, view: CampaignView, authority: str) -> Iterator[News]:
    """Yield the news of the rows noted down here, oldest first; notes without news are dropped.

    Args:
        parts: The effects.
        view: The campaign as the commit holds it.
        authority: The commit that holds the rows.
    """
    for path in sorted((outbox(parts, view.loop) / EXPECTED).glob("*.json")):
        found = _news(parts, view, authority, path)
        if found is None:
            path.unlink()
        else:
            yield found


def forget(parts: Parts, loop: str, news: News) -> None:
    """Drop the note of a row whose news lies in the outbox."""
    _note(parts, loop, news.row.number).unlink(missing_ok=True)


def outbox(parts: Parts, loop: str) -> Path:
    """Return where a monitor's alerts lie until they are taken."""
    return parts.home / "alerts" / loop


def _news(parts: Parts, view: CampaignView, authority: str, path: Path) -> News | None:
    number, head = int(path.stem), view.head
    if number > head.number:
        return None  # its push was lost; it is noted down again with the number that it gets
    (row,) = read_rows(parts.repo, authority, head, numbers=(number,))
    if canonical([row.run, row.mark]) != path.read_bytes():
        return None  # another machine's, which tells of it itself
    begun = drift_before(parts.repo, authority, head, number)
    if row.verdict == "drifted":
        return News("drifted", row, row) if begun is None else None
    ended = row.verdict in {"steady", "baseline"} and begun is not None
    return News("ended", row, begun) if ended and begun is not None else None


def _note(parts: Parts, loop: str, number: int) -> Path:
    return outbox(parts, loop) / EXPECTED / f"{number:06d}.json"
