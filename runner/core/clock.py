"""Time as an argument."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; `wiring` holds the real one, tests a frozen one."""

    def now(self) -> datetime:
        """Return the wall time, aware, in UTC; for display only, never for ordering."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow, for durations and deadlines."""
        ...
