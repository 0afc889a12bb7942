"""The same case as two candidates answered it."""

from dataclasses import dataclass
from difflib import unified_diff

from runner.core.problem import printable
from runner.record.past import read_head, read_rows
from runner.report.trace import outcome
from runner.wiring.house import House
from runner.wiring.look import NothingThereError, authority_of
from runner.wiring.trace import Found, Traces, find


class AmbiguousError(NothingThereError):
    """A case that several arms answered, where one is asked for."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same case twice."""

    before: Found
    after: Found

    @property
    def lines(self) -> tuple[str, ...]:
        """A unified diff of answers, reasoning and scores; empty where they are equal."""
        before, after = (
            [line.text for line in outcome(found.trace)] for found in (self.before, self.after)
        )
        titles = (self.before.title, self.after.title)
        return tuple(unified_diff(before, after, *titles, lineterm=""))


def origin(house: House, traces: Traces) -> int:
    """Return the number of the row that made what this row's candidate came from.

    Raises:
        NothingThereError: the candidate came from none.
    """
    found = traces.row
    authority = authority_of(house, traces.loop)
    head = read_head(house.repo, authority, traces.loop)
    if authority is not None and head is not None and found.parent is not None:
        earlier = read_rows(house.repo, authority, head, numbers=range(found.number))
        for each in reversed(earlier):
            if each.candidate == found.parent:
                return each.number
    raise NothingThereError(
        f"row {found.number} of {traces.loop} has no parent to compare with; "
        "name another row with --with"
    )


def pair(before: Traces, after: Traces, case: str) -> Pair:
    """Return a case as two rows' candidates answered it.

    Raises:
        NothingThereError: one of them did not.
        AmbiguousError: several arms did.
    """
    return Pair(_one(before, case), _one(after, case))


def arms_pair(traces: Traces, case: str) -> Pair | None:
    """Return a case as one look's incumbent and candidate answered it; None where not both did."""
    found = {each.pack.arm: each for each in reversed(find(traces, case))}
    if "incumbent" in found and "candidate" in found:
        return Pair(found["incumbent"], found["candidate"])
    return None


def _one(traces: Traces, case: str) -> Found:
    found = find(traces, case)
    own = [each for each in found if each.pack.candidate == traces.row.candidate] or found
    arms = sorted({each.pack.arm for each in own})
    if len(arms) > 1:
        raise AmbiguousError(
            f'case "{printable(case)}" of {traces.loop} {traces.row.number} was answered in '
            f"{', '.join(arms)}; name one with --arm"
        )
    return min(own, key=lambda each: each.case.rep)
