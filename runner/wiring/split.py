"""The splits of an eval as far as they can be read before a run, held against one another."""

from collections.abc import Callable
from dataclasses import dataclass

from runner.core.problem import MalformedError, Problem
from runner.evals.load import LoadedEval
from runner.evals.model import FileSource
from runner.evals.split import Case, overlaps, read_split
from runner.wiring.taint import tainted


@dataclass(frozen=True, slots=True)
class Splits:
    """What was found in them.

    Attributes:
        counts: File, as the eval names it, to cases.
        problems: Malformed cases, and cases that stand in two splits.
        notes: How many held-out texts share a run of units with train or dev.
    """

    counts: dict[str, int]
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


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
    named = {"train": declared.train, "dev": declared.dev, "confirm": declared.confirm}
    for index, source in enumerate(declared.heldout):
        if isinstance(source, FileSource) and source.file not in named.values():
            named[f"heldout {index}"] = source.file
    read: dict[str, tuple[Case, ...]] = {}
    problems: list[Problem] = []
    for split, name in named.items():
        path = f"evals/{declared.eval}/{name}"
        data = None if name is None else content(path)
        if data is not None:
            try:
                read[split] = read_split(data, path=path.removesuffix(".age"))
            except MalformedError as err:
                problems += err.problems
    counts = {str(named[split]): len(cases) for split, cases in read.items()}
    twice = [] if shared else overlaps(read)
    alike = [] if shared or twice else tainted(read)
    path = loaded.document.path
    problems += [Problem(path, 1, f"splits overlap: {each}") for each in twice]
    return Splits(counts, tuple(problems), tuple(Problem(path, 1, each) for each in alike))
