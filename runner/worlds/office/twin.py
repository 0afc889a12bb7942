"""Whether two tasks are one but for names, and what two splits share that they must not."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from runner.core.canonical import canonical, digest
from runner.worlds.office.task import Task
from runner.worlds.office.template.table import UNSEEN_NAMES

_EMAIL = re.compile(r"[\w.]+@[\w.]+\w")
_ID = re.compile(r"\b[ACDEMPRT]\d{1,4}\b")


def task_hash(task: Task) -> str:
    """Return a digest of what is asked in which world, and how it is checked."""
    return digest(_whole(task).encode())


def masked_hash(task: Task) -> str:
    """Return a digest that tasks share which differ by names, addresses and ids alone."""
    text = _nameless(_whole(task), task, "<name {}>")
    return digest(_numbered(_ID, _numbered(_EMAIL, text)).encode())


def overlap(ours: Sequence[Task], theirs: Sequence[Task]) -> list[str]:
    """Name what two splits share that must be disjoint, one sentence each; [] where all is well.

    Ids, whole tasks, tasks but for their names, people and companies, and held-out templates.
    """
    looks = {
        "the id": _ids,
        "the same world and instruction": _hashes,
        "the same task but for names": _masked_hashes,
        "the name": _entities,
        "the held-out template": _held_out,
    }
    return [
        line for what, keys in looks.items() for line in _shared(what, keys(ours), keys(theirs))
    ]


def _shared(what: str, ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    for key in sorted(ours.keys() & theirs.keys()):
        shown = "" if len(key) == len(digest(b"")) else f" {key}"
        yield f"{ours[key]} and {theirs[key]} have {what}{shown}"


def _ids(tasks: Iterable[Task]) -> dict[str, str]:
    return {task.id: task.id for task in tasks}


def _hashes(tasks: Iterable[Task]) -> dict[str, str]:
    return {task_hash(task): task.id for task in tasks}


def _masked_hashes(tasks: Iterable[Task]) -> dict[str, str]:
    return {masked_hash(task): task.id for task in tasks}


def _entities(tasks: Iterable[Task]) -> dict[str, str]:
    return {name: task.id for task in tasks for name in task.entities}


def _held_out(tasks: Iterable[Task]) -> dict[str, str]:
    return {task.template: task.id for task in tasks if task.template in UNSEEN_NAMES}


def _whole(task: Task) -> str:
    kept = task.model_dump(mode="json", include={"instruction", "world", "assertions"})
    return canonical(kept).decode()


def _nameless(text: str, task: Task, mark: str) -> str:
    for number, name in enumerate(task.entities):
        text = text.replace(name, mark.format(number))
    return text


def _numbered(pattern: re.Pattern[str], text: str) -> str:
    """Put the order of first occurrence in place of each value."""
    seen: dict[str, str] = {}
    return pattern.sub(lambda hit: seen.setdefault(hit[0], f"<{hit[0][0]}{len(seen)}>"), text)
