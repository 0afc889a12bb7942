"""A deadline for work: what is not done in time is left undone, and said so."""

from collections.abc import Iterator
from contextlib import contextmanager

from runner.core.clock import Clock


class Deadline:
    """Counts the seconds of our own work, not those of waiting for input."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        """Start with nothing spent.

        Args:
            seconds: How much work there may be.
            clock: Its monotonic time counts.
        """
        self._seconds, self._clock = seconds, clock
        self._spent = 0.0
        self._done = 0

    @property
    def left_s(self) -> float:
        """Return the seconds of work that are left, at least 0."""
        return max(0.0, self._seconds - self._spent)

    def allows(self, size: int) -> bool:
        """Tell whether work on `size` characters ends in time, at the pace seen so far."""
        pace = self._spent / self._done if self._done else 0.0
        return self._spent + pace * size < self._seconds

    @contextmanager
    def work(self, size: int = 0) -> Iterator[None]:
        """Count what is done inside; `size` characters of it set the pace."""
        began = self._clock.monotonic()
        try:
            yield
        finally:
            self._spent += self._clock.monotonic() - began
            self._done += size
