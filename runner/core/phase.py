"""How long the phases of a piece of work took, told on its log."""

import sys
from time import perf_counter


class Phases:
    """Writes each phase of the work and its seconds to the log; decides nothing."""

    def __init__(self) -> None:
        self._began = perf_counter()

    def told(self, phase: str) -> None:
        """End a phase."""
        now = perf_counter()
        sys.stdout.write(f"{phase}, {now - self._began:.1f} s\n")
        sys.stdout.flush()  # a run that is killed shows how far it came
        self._began = now
