"""The embedded forge's records as a value, and as the files of a commit."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from runner.core.canonical import canonical
from runner.forge.record import (
    CheckFile,
    CheckRecord,
    Counter,
    PullRecord,
    StatusFile,
    StatusRecord,
)

COUNTER = "counter.json"


@dataclass(frozen=True, slots=True)
class State:
    """Everything the forge remembers; a change makes a new value that shares the rest.

    Attributes:
        commit: Commit of `refs/forge/state` that it was read from; None before the first write.
        pulls: By number, in order.
        statuses: By commit, oldest first.
        checks: Check runs by commit, oldest first.
    """

    commit: str | None = None
    pulls: Mapping[int, PullRecord] = field(default_factory=dict)
    statuses: Mapping[str, StatusFile] = field(default_factory=dict)
    checks: Mapping[str, CheckFile] = field(default_factory=dict)
    counter: Counter = field(default_factory=Counter)

    def with_pull(self, record: PullRecord) -> "State":
        """Return the state with this pull request added or replaced."""
        return replace(self, pulls={**self.pulls, record.number: record})

    def with_status(self, sha: str, record: StatusRecord) -> "State":
        """Return the state with one more status of a commit."""
        before = self.statuses.get(sha, StatusFile(statuses=())).statuses
        return replace(
            self, statuses={**self.statuses, sha: StatusFile(statuses=(*before, record))}
        )

    def with_check(self, sha: str, record: CheckRecord) -> "State":
        """Return the state with this check run of a commit added, or replaced by its id."""
        before = self.checks.get(sha, CheckFile(checks=())).checks
        by_id = {**{one.id: one for one in before}, record.id: record}
        return replace(self, checks={**self.checks, sha: CheckFile(checks=tuple(by_id.values()))})

    def counted(self) -> "State":
        """Return the state after `counter.next_id` was given away."""
        return replace(self, counter=Counter(next_id=self.counter.next_id + 1))

    def next_number(self) -> int:
        """Return the number of the next pull request; none is ever given twice."""
        return max(self.pulls, default=0) + 1


def changed_files(before: State, after: State) -> dict[str, bytes | None]:
    """Return path to bytes of what a commit on top of `before` must write."""
    files: dict[str, PullRecord | StatusFile | CheckFile | Counter] = {}
    for number, record in after.pulls.items():
        if before.pulls.get(number) is not record:
            files[f"pulls/{number:06d}.json"] = record
    for sha, statuses in after.statuses.items():
        if before.statuses.get(sha) is not statuses:
            files[f"statuses/{sha}.json"] = statuses
    for sha, checks in after.checks.items():
        if before.checks.get(sha) is not checks:
            files[f"checks/{sha}.json"] = checks
    if before.counter != after.counter:
        files[COUNTER] = after.counter
    return {path: canonical(record.model_dump(mode="json")) for path, record in files.items()}


def from_files(commit: str, files: Mapping[str, bytes]) -> State:
    """Read a state from the files of its commit.

    Raises:
        ValueError: a file is not one that this version of the forge wrote.
    """
    pulls: dict[int, PullRecord] = {}
    statuses: dict[str, StatusFile] = {}
    checks: dict[str, CheckFile] = {}
    for path, data in sorted(files.items()):
        folder, _, name = path.partition("/")
        if folder == "pulls":
            record = PullRecord.model_validate_json(data)
            pulls[record.number] = record
        elif folder == "statuses":
            statuses[name.removesuffix(".json")] = StatusFile.model_validate_json(data)
        elif folder == "checks":
            checks[name.removesuffix(".json")] = CheckFile.model_validate_json(data)
    counter = Counter.model_validate_json(files.get(COUNTER, b"{}"))
    return State(commit, pulls, statuses, checks, counter)
