"""`git-loop feedback add NAME`."""

import dataclasses
import json
from argparse import Namespace
from pathlib import Path

from runner.cli.verb.schema import repository_root
from runner.report.number import plural
from runner.wiring.feedback import add, text_of


def run(arguments: Namespace) -> int:
    """Add what a person shipped as a case that the next proposal learns from."""
    proposed = arguments.proposed
    added = add(
        repository_root(Path.cwd()),
        arguments.name,
        asked=text_of(Path(arguments.input), flag="--input"),
        shipped=text_of(Path(arguments.shipped), flag="--shipped"),
        proposed=None if proposed is None else text_of(Path(proposed), flag="--proposed"),
        name=arguments.id,
    )
    if arguments.json:
        print(json.dumps(dataclasses.asdict(added)))
        return 0
    print(f"{added.path}: case {added.case}, {plural(added.cases, 'case')} of feedback in all")
    if added.closed:
        sealed = ", ".join(added.closed)
        print(f"  not compared with {sealed}: the key is not here, so see that it is not held out")
    if added.agreement is not None:
        print(f"  what was proposed agrees with what was shipped by {added.agreement:.3f}")
    print(f"next: git add {added.path} && git commit; the next run of {arguments.name} learns it")
    return 0
