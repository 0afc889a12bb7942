"""The patience that is left with a job of `launch`."""

import os
import time
from typing import TYPE_CHECKING

from runner.sandbox.tree import cpu_s

if TYPE_CHECKING:
    from runner.worlds.repair.launch import Job

_LOOK_S = 0.05


class Left:
    """How long a job may still be waited for until it is looked at again.

    Its CPU time is what a busy machine does not change, so that is what tells a job that hangs.
    """

    def __init__(self, job: "Job") -> None:
        """Begin to wait now."""
        self._began, self._job = time.monotonic(), job
        self._look = 0.0 if job.cpu_s is None else job.cpu_s

    def seconds(self) -> float:
        """Return wall seconds, 0 or less where the time is up."""
        past = time.monotonic() - self._began
        if self._job.cpu_s is None:
            return self._job.limit_s - past
        if past >= self._look:
            more = self._job.cpu_s - cpu_s(os.getpid())
            if more <= 0:
                return 0.0
            self._look = past + max(more, _LOOK_S)
        return min(self._look, self._job.limit_s) - past
