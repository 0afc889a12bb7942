"""One line of a terminal that says what is at work, and for how long."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle
from threading import Event, Lock, Thread

from runner.core.problem import tame
from runner.wiring.terminal import columns

PERIOD_S = 0.1
"""Seconds from one drawing to the next; what is over sooner is not drawn at all."""
_FRAMES = "|/-\\"
_CLEAR = "\r\033[K"


class Spinner:
    """Draws its line on standard error from the first period until it is over."""

    def __init__(self, text: str) -> None:
        self._text = tame(text)
        self._over = Event()
        self._lock = Lock()
        self._thread = Thread(target=self._turn, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop, and leave no line behind."""
        self._over.set()
        self._thread.join()
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Hold the line back while something else is printed in its place."""
        with self._lock:
            sys.stderr.write(_CLEAR)
            yield

    def _turn(self) -> None:
        began = time.monotonic()
        for frame in cycle(_FRAMES):
            if self._over.wait(PERIOD_S):
                return
            elapsed = timedelta(seconds=int(time.monotonic() - began))
            room = (columns(sys.stderr) or 0) - len(f"{frame}  {elapsed} ")
            with self._lock:
                sys.stderr.write(f"{_CLEAR}{frame} {self._text[: max(room, 0)]} {elapsed}")
                sys.stderr.flush()
