"""Whether the checker can read the surface as it stands: told before a run and not by its rows."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from runner.core.problem import MalformedError, Problem
from runner.evals.model import Eval
from runner.spec.model import Spec
from runner.wiring.table import CHECKERS, load


def illegible(
    spec: Spec, declared: Eval, *, read: Callable[[str], bytes], present: Callable[[str], bool]
) -> Iterator[Problem]:
    """Yield what is wrong in files of a surface whose form the checker knows, by file and line.

    Args:
        spec: The loop.
        declared: Its eval.
        read: Returns what stands at a repository path.
        present: Tells whether a file is there; one that is not is told elsewhere.
    """
    kind = declared.checker
    plug_in = CHECKERS.get(kind) if isinstance(kind, str) else None
    readers = plug_in.reads if plug_in else {}
    for path in spec.surface:
        reader = readers.get(PurePosixPath(path).name)
        if reader is None or not present(path):
            continue
        try:
            load(reader)(read(path), path=path)
        except MalformedError as err:
            yield from err.problems
