"""What an audit finds: per kind of check what held, what did not, and what was not looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is not as it was recorded.

    Attributes:
        check: The kind of check that found it.
        row: The row it concerns; None where it is none's.
        path: The file, or the ref, that is wrong.
        line: Its first wrong line; a row is one line.
        text: What is wrong, in words.
        expected: Digest or value that was to be found; "" where there is none.
        found: Digest or value that was found.
    """

    check: str
    row: int | None
    path: str
    line: int = 1
    text: str
    expected: str = ""
    found: str = ""

    @property
    def told(self) -> str:
        """The fault as one line: file, line, words, both digests."""
        pair = f": expected {self.expected}, found {self.found}" if self.expected else ""
        return f"{self.path}:{self.line}: {self.text}{pair}"


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Something that could not be looked at, and why."""

    row: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One kind of check.

    Attributes:
        name: One word.
        what: What holds where it holds, said of a number of things.
        held: How many did.
        notes: Sentences that a reader should see beside the count.
    """

    name: str
    what: str
    held: int
    faults: tuple[Fault, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def of(self) -> int:
        """How many things were looked at."""
        return self.held + len({(each.row, each.path) for each in self.faults})


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """All checks of one loop.

    Attributes:
        commit: The authority's commit that was audited.
        rows: How many rows it holds.
        keyed: Whether the held-out key was here.
    """

    loop: str
    commit: str
    rows: int
    keyed: bool
    checks: tuple[Check, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that does not hold, in the order of the checks."""
        return tuple(fault for check in self.checks for fault in check.faults)


@dataclass(slots=True)
class Tally:
    """A check while it is made."""

    name: str
    what: str
    held: int = 0
    faults: list[Fault] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def hold(self, count: int = 1) -> None:
        """Count things that are as they were recorded."""
        self.held += count

    def leave(self, row: int | None, why: str) -> None:
        """Say what could not be looked at."""
        self.unchecked.append(Unchecked(row, why))

    def fault(
        self, row: int | None, path: str, text: str, *, line: int = 1, pair: Sequence[str] = ()
    ) -> None:
        """Name something that is wrong.

        Args:
            row: The row it concerns.
            path: The file or ref.
            text: What is wrong.
            line: The first wrong line.
            pair: What was expected, and what was found.
        """
        expected, found = pair or ("", "")
        self.faults.append(
            Fault(
                check=self.name,
                row=row,
                path=path,
                line=line,
                text=text,
                expected=expected,
                found=found,
            )
        )

    def done(self) -> Check:
        """Return the check as made."""
        return Check(
            name=self.name,
            what=self.what,
            held=self.held,
            faults=tuple(self.faults),
            unchecked=tuple(self.unchecked),
            notes=tuple(self.notes),
        )
