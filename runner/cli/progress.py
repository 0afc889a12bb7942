"""Progress as a person or a log reads it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from runner.cli.spinner import Spinner
from runner.core.problem import tame
from runner.core.progress import Progress, StageName
from runner.wiring.terminal import redrawn


class PlainProgress:
    """One line per finished stage on standard error; for logs and pipes."""

    def stage_began(self, stage: StageName, *, detail: str) -> None:
        """Say nothing yet: a log wants one line per stage."""

    def stage_ended(self, stage: StageName, *, seconds: float, detail: str) -> None:
        """Print what the stage came to."""
        print(f"{stage:<8}{seconds:>8.2f} s  {tame(detail)}", file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """Print one line."""
        print(tame(text), file=sys.stderr, flush=True)


class SilentProgress:
    """For `--json`: nothing but the result is printed."""

    def stage_began(self, stage: StageName, *, detail: str) -> None:
        """Say nothing."""

    def stage_ended(self, stage: StageName, *, seconds: float, detail: str) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""


class LiveProgress(PlainProgress):
    """A spinner with the stage at work and its elapsed time; for terminals."""

    def __init__(self) -> None:
        self._spinner: Spinner | None = None

    def stage_began(self, stage: StageName, *, detail: str) -> None:
        """Show the stage at work."""
        self.clear()
        self._spinner = Spinner(f"{stage:<8}{detail}")

    def stage_ended(self, stage: StageName, *, seconds: float, detail: str) -> None:
        """Leave a line behind."""
        self.clear()
        super().stage_ended(stage, seconds=seconds, detail=detail)

    def note(self, text: str) -> None:
        """Print one line above the stage at work."""
        if self._spinner is None:
            super().note(text)
            return
        with self._spinner.aside():
            super().note(text)

    def clear(self) -> None:
        """End the spinner, if there is one: the stage ended, or failed."""
        if self._spinner is not None:
            self._spinner.end()
            self._spinner = None


@contextmanager
def progress(*, silent: bool) -> Iterator[Progress]:
    """Give the progress that fits: a spinner on a terminal, else plain lines, else nothing."""
    if silent:
        yield SilentProgress()
        return
    if not redrawn(sys.stderr):
        yield PlainProgress()
        return
    live = LiveProgress()
    try:
        yield live
    finally:
        live.clear()
