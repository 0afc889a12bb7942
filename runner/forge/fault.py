"""Faults that a test asks the embedded forge to commit."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Literal

Kind = Literal["status", "reset", "timeout", "stale", "ignored"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble for the requests that match.

    Attributes:
        method: HTTP method, upper case.
        path: Regular expression searched for in the path, without the query.
        kind: `status` answers `status`; `reset` drops the connection; `timeout` keeps silent for
            `seconds`, then drops it; `stale` answers a GET from the records of one change ago;
            `ignored` answers a PATCH as if it had been taken, and changes nothing.
        when: Whether the request has its effect (`after`) or not (`before`) by then.
        times: How many requests it hits, after letting `skip` of them pass.
        retry_after_s: Value of a `Retry-After` header, None for none.
    """

    method: str
    path: str
    kind: Kind = "status"
    status: int = 502
    when: Literal["before", "after"] = "before"
    times: int = 1
    skip: int = 0
    seconds: float = 1.0
    retry_after_s: int | None = None
    message: str = "Server Error"


class Faults:
    """Hands out faults until they are used up; safe between threads."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._turn = Lock()
        self.arm(*faults)

    def arm(self, *faults: Fault) -> None:
        """Commit these from now on, and none of those that are left; without any, behave."""
        with self._turn:
            self._faults = faults
            self._left = [fault.times for fault in faults]
            self._pass = [fault.skip for fault in faults]

    def spent(self) -> int:
        """Return how many requests were hit since the faults were armed."""
        with self._turn:
            return sum(fault.times for fault in self._faults) - sum(self._left)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault left that matches, counted as used."""
        with self._turn:
            for index, fault in enumerate(self._faults):
                matches = fault.method == method and re.search(fault.path, path)
                if matches and self._pass[index] > 0:
                    self._pass[index] -= 1
                elif matches and self._left[index] > 0:
                    self._left[index] -= 1
                    return fault
        return None
