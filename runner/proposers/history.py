"""The generated view of the past: what was tried, how it ended, what reviewers changed."""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, ValidationError

from runner.core.errors import LoopError
from runner.core.frozen import Frozen
from runner.proposers.edit import Files
from runner.proposers.fault import NothingNewError
from runner.proposers.section import lines

Word = Literal["baseline", "accept", "keep", "reject", "failed", "error", "superseded"]
JUDGED = frozenset({"accept", "keep", "reject", "failed"})
"""Verdicts on the proposal itself; errors and lost races say nothing of it."""
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


class View(Frozen):
    """A record of which a proposer reads a part."""

    model_config = ConfigDict(extra="ignore")


class Tried(View):
    """An earlier iteration.

    Attributes:
        verdict: None where nothing was judged, as at a reset.
        line: The line it belongs to; "" where the plan does not say.
        why: What its proposer said; "" where unknown.
        edit: The unified diff that it made; "" where unknown.
    """

    iteration: int
    verdict: Word | None
    line: str = ""
    why: str = ""
    edit: str = ""


class Reviewed(View):
    """What a reviewer made of a proposed file, both texts whole."""

    path: str
    proposed: str
    shipped: str


class Skipped(View):
    """What people say should not be tried."""

    id: str
    why: str = ""


class History(View):
    """What a proposer reads of `plan.json`.

    Attributes:
        primary: The metric that the gate decides by; `metric@slice` counts as the metric.
        directions: Metric to direction, of those that are not `max`.
        line: The line that this iteration belongs to.
        past: Oldest first.
        feedback: Oldest first.
    """

    primary: str
    directions: dict[str, Literal["max", "min"]] = {}
    description: str = ""
    line: str = ""
    why: str | None = None
    skip: tuple[Skipped, ...] = ()
    past: tuple[Tried, ...] = ()
    feedback: tuple[Reviewed, ...] = ()

    def tried(self) -> list[Tried]:
        """Return the earlier proposals that were judged and left something to see."""
        return [each for each in self.past if each.verdict in JUDGED and (each.why or each.edit)]

    def fruitless(self) -> int:
        """Count the last iterations of this line in a row that were rejected or failed."""
        count = 0
        for each in reversed(self.past):
            if each.verdict not in JUDGED or (each.line and each.line != self.line):
                continue
            if each.verdict in {"accept", "keep"}:
                break
            count += 1
        return count


def read_history(path: Path) -> History:
    """Read a plan.

    Raises:
        LoopError: it is not there or not of this version.
    """
    try:
        return History.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as err:
        raise LoopError(f"{path}: no plan that a proposer can read: {err}") from err


def diff_of(before: Files, after: Files) -> str:
    """Return the unified diff between two surfaces; "" where they are equal."""
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for path in before
        for line in difflib.unified_diff(
            lines(before[path]), lines(after[path]), f"a/{path}", f"b/{path}"
        )
    )


def refuse_tried(history: History, before: Files, after: Files) -> None:
    """Refuse an edit that took out and put in the same lines in a judged iteration.

    Raises:
        NothingNewError: names the last of them.
    """
    mine = _signature(diff_of(before, after))
    for each in reversed(history.past):
        if each.verdict in JUDGED and each.edit and _signature(each.edit) == mine:
            raise NothingNewError(
                f"iteration {each.iteration} made the same edit, verdict {each.verdict}"
            )


def _signature(diff: str) -> list[str]:
    """Return the changed lines of a diff, however it was cut into hunks."""
    return sorted(_changed(diff))


def _changed(diff: str) -> Iterator[str]:
    old = new = 0
    for line in diff.split("\n"):
        hunk = _HUNK.match(line)
        if old <= 0 and new <= 0:
            old, new = (int(each or "1") for each in hunk.groups()) if hunk else (0, 0)
            continue
        if line[:1] != "+" and not line.startswith("\\"):
            old -= 1
        if line[:1] != "-" and not line.startswith("\\"):
            new -= 1
        if line[:1] in {"+", "-"}:
            yield line
