"""The checker's cases: one task of a world each, answer key included."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.core.build import MisfitError, build
from runner.core.problem import Complaint, MalformedError, Problem, dotted, shown
from runner.evals.split import read_split
from runner.worlds.office.assertion import FieldEquals, RowUpdated, Unchanged, records
from runner.worlds.office.file import dangling
from runner.worlds.office.job import Job
from runner.worlds.office.state import Table
from runner.worlds.office.task import Assertion, Task


@dataclass(frozen=True, slots=True)
class Case:
    """One case, ready to be attempted.

    Attributes:
        job: The task, for whoever lets an agent near it.
        data: The case as it stands in the split.
    """

    job: Job
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The case's id."""
        return self.job.id

    @property
    def slices(self) -> tuple[str, ...]:
        """The slices that it belongs to; its template is one."""
        return tuple(dict.fromkeys((*self.job.task.slices, self.job.template)))

    @property
    def cluster(self) -> str:
        """What it shares with cases that stand or fall with it."""
        return self.job.task.cluster


def read_cases(path: Path) -> tuple[Case, ...]:
    """Read the tasks of a plain JSONL file, in its order.

    Raises:
        MalformedError: `cases.jsonl:line: case "id": ...` for everything that is no task: unknown
            fields, kinds of assertion or references, ids that occur twice, nothing to do.
    """
    name = f"{path.stem}.jsonl"
    cases, problems = [], []
    for each in read_split(path.read_bytes(), path=name):
        try:
            cases.append(Case(job=Job(task_of(each.data)), data=each.data))
        except MisfitError as err:
            known = f"case {shown(each.id)}: "
            problems += [Problem(name, each.line, known + _said(found)) for found in err.complaints]
    if problems:
        raise MalformedError(problems)
    return tuple(cases)


def task_of(data: Mapping[str, Any]) -> Task:
    """Return the task that a case is.

    Raises:
        MisfitError: all that is wrong with it.
    """
    task = build(Task, dict(data))
    complaints = tuple(_strays(task))
    if complaints:
        raise MisfitError(complaints)
    return task


def _strays(task: Task) -> Iterator[Complaint]:
    """Yield every reference of a task, in its world or its assertions, that leads nowhere."""
    for each in dangling(task.world):
        yield Complaint(("world", *each.pointer), each.text)
    for number, assertion in enumerate(task.assertions):
        for table, name in _named(assertion):
            if name not in records(task.world, table):
                text = f"{table} of the world hold no {shown(name)}"
                yield Complaint(("assertions", number), text)


def _named(assertion: Assertion) -> Iterator[tuple[Table, str]]:
    """Yield the records that an assertion names by id, each with its table."""
    match assertion:
        case FieldEquals(table=table, id=name):
            yield table, name
        case RowUpdated(id=name):
            yield "rows", name
        case Unchanged(table=table, but=but):
            yield from ((table, name) for name in but)


def _said(complaint: Complaint) -> str:
    place = dotted(complaint.pointer)
    return f"{place}: {complaint.text}" if place else complaint.text
