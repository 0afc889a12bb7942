"""The real clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Wall time in UTC, and a monotonic clock for durations."""

    def now(self) -> datetime:
        """Return the wall time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()
