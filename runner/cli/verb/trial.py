"""`git-loop try NAME [REF]`."""

import json
from argparse import Namespace
from pathlib import Path

from runner.cli.outcome import outcome_json, tell
from runner.cli.progress import progress
from runner.core.errors import LoopError
from runner.spec.model import PlugInMake
from runner.wiring import work
from runner.wiring.house import enter


class NothingToTryError(LoopError):
    """A commit cannot change what this loop makes."""


def run(arguments: Namespace) -> int:
    """Put a commit through the loop's gate, a due baseline before it.

    Raises:
        LoopError: there is no such commit, or nothing of it that could be tried; or as `work.run`.
    """
    house = enter(Path.cwd())
    commit = house.repo.resolve(arguments.ref)
    if commit is None:
        raise NothingToTryError(f"{arguments.ref} is not a commit here; name a branch, tag or sha")
    with (
        progress(silent=arguments.json) as told,
        work.work_on(
            house, arguments.name, progress=told, publish=not arguments.no_publish
        ) as bench,
    ):
        spec = bench.declared.spec
        if isinstance(spec.make, PlugInMake) and not spec.surface:
            raise NothingToTryError(
                f"loop {spec.loop} has no surface and no make command, so a commit cannot change "
                "its candidate; add a hypothesis to the spec instead"
            )
        results = []
        for done in work.run(bench, iterations=1, tried=commit):
            results.append(outcome_json(done))
            if not arguments.json:
                tell(done)
    if arguments.json:
        print(json.dumps(results))
    return 0
