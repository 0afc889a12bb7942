"""How many cases a split has, by slice."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runner.evals.split import Case


@dataclass(frozen=True, slots=True)
class Counted:
    """The cases of a file.

    Attributes:
        cases: All of them.
        named: Slice to the cases that name it.
        bare: Cases that name none: a source puts them into all of its slices.
    """

    cases: int
    named: Mapping[str, int]
    bare: int

    def within(self, name: str, *, slices: Iterable[str] = ()) -> int:
        """Count the cases of a slice; "" counts all.

        Args:
            name: The slice.
            slices: Those of the source that the file is.
        """
        if not name:
            return self.cases
        return self.named.get(name, 0) + (self.bare if name in slices else 0)


def count(cases: Iterable[Case]) -> Counted:
    """Count cases, each once in every slice that it names."""
    listed = tuple(cases)
    named = Counter(name for case in listed for name in dict.fromkeys(case.slices))
    return Counted(len(listed), dict(named), sum(not case.slices for case in listed))
