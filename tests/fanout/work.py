"""Work for the pool's tests: spawned processes find it by name."""

import os
import signal
import time


class OddError(Exception):
    """Cannot be rebuilt from its message, so it would not survive pickle."""

    def __init__(self, left: int, right: int) -> None:
        super().__init__(f"{left} is not {right}")


def double(item: int) -> int:
    return 2 * item


def slow_first(item: int) -> int:
    time.sleep(0.5 if item == 0 else 0)
    return item


def where(_: int) -> int:
    return os.getpid()


def threads(_: int) -> str | None:
    return os.environ.get("OMP_NUM_THREADS")


def fail(item: int) -> int:
    if item == 1:
        raise OddError(1, 2)
    return item


def die(item: int) -> int:
    if item == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.2)
    return item
