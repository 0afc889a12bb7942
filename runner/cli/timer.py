"""An end to work that cannot look at a clock, such as an import."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Late(BaseException):
    """The time is up; no `Exception`, for what is interrupted must not catch it as one."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise `Late` in what is done inside once it has taken `seconds`, at the next bytecode.

    Works in the main thread only, as signals do.
    """

    def _end(_signal: int, _frame: FrameType | None) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, _end)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-6))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
