"""The splits of an eval as far as they can be read before a run, held against one another."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from runner.core.problem import MalformedError, Problem, shown
from runner.evals.count import Counted, count
from runner.evals.load import LoadedEval
from runner.evals.model import FEEDBACK, Eval, FileSource
from runner.evals.split import Case, overlaps, read_split

_SHOWN = 5
"""Cases in two splits that are named; of the others, their number is told."""


@dataclass(frozen=True, slots=True)
class Splits:
    """What was found in them.

    Attributes:
        counts: File, as the eval names it, to its cases.
        problems: Malformed cases, and cases that stand in two splits.
        notes: How many held-out texts share a run of units with train or dev.
    """

    counts: dict[str, Counted] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


def read_splits(
    loaded: LoadedEval, content: Callable[[str], bytes | None], *, shared: bool = False
) -> Splits:
    """Read the splits that can be read; with `shared` the same case may stand in two.

    Args:
        loaded: The eval.
        content: Returns the plain bytes of a repository path; None where it is missing or sealed.
        shared: Nothing is claimed about unseen cases.
    """
    declared = loaded.eval
    read: dict[str, tuple[Case, ...]] = {}
    counts: dict[str, Counted] = {}
    problems: list[Problem] = []
    for split, name in _named(declared):
        path = f"evals/{declared.eval}/{name}"
        data = content(path)
        if data is not None:
            try:
                cases = read_split(data, path=path.removesuffix(".age"))
            except MalformedError as err:
                problems += err.problems
            else:
                counts[name] = count(cases)
                problems += _twice(cases, read.get(split, ()), path=path)
                read[split] = (*read.get(split, ()), *cases)
    from runner.wiring.taint import tainted  # noqa: PLC0415 - a run compares no texts

    twice = [] if shared else overlaps(read)
    alike = [] if shared or twice else tainted(read)
    path = loaded.document.path
    problems += [Problem(path, 1, f"splits overlap: {each}") for each in twice[:_SHOWN]]
    more = len(twice) - _SHOWN
    if more > 0:
        told = f"splits overlap: {more} more cases; leave each case in one split only"
        problems.append(Problem(path, 1, told))
    return Splits(counts, tuple(problems), tuple(Problem(path, 1, each) for each in alike))


def _named(declared: Eval) -> Iterator[tuple[str, str]]:
    """Yield the name of a split and each of its files, none twice."""
    seen: set[str] = set()
    confirm = () if declared.confirm is None else (declared.confirm,)
    learned = (*declared.files("train"), FEEDBACK)
    files = {"train": learned, "dev": declared.files("dev"), "confirm": confirm}
    for index, source in enumerate(declared.heldout):
        if isinstance(source, FileSource):
            files[f"heldout {index}"] = (source.file,)
    for split, names in files.items():
        for name in names:
            if name not in seen:
                seen.add(name)
                yield split, name


def _twice(cases: Iterable[Case], before: Iterable[Case], *, path: str) -> Iterator[Problem]:
    """Yield the cases whose ids an earlier file of the same split has, too."""
    known = {case.id for case in before}
    for case in cases:
        if case.id in known:
            text = f"case {shown(case.id)} appears in an earlier file of this split, too"
            yield Problem(path, case.line, text)
