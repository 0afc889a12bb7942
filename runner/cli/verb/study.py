"""`git-loop study NAME STUDY`."""

import json
from argparse import Namespace
from pathlib import Path

from runner.cli.progress import progress
from runner.wiring.house import enter
from runner.wiring.study import Wish, study


def run(arguments: Namespace) -> int:
    """Make a study and print its tables."""
    house = enter(Path.cwd())
    wish = Wish(
        study=arguments.study,
        hypothesis=arguments.hypothesis,
        seeds=arguments.seeds,
        out=None if arguments.out is None else Path(arguments.out).absolute(),
    )
    with progress(silent=arguments.json) as told:
        found = study(house, arguments.name, wish, progress=told)
    if arguments.json:
        print(json.dumps({"folder": str(found.folder), **found.studied.records}))
        return 0
    print(found.studied.markdown.rstrip())
    print(f"\nmeasured on dev; the held-out split was not looked at. files: {found.folder}")
    print(f"next: git-loop run {arguments.name}, which puts a hypothesis through the gate")
    return 0
