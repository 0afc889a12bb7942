"""`git-loop doctor [--rows] [--github]`."""

import dataclasses
import json
from argparse import Namespace
from pathlib import Path

from runner.wiring.doctor import Finding, machine
from runner.wiring.doctor_github import github
from runner.wiring.doctor_loop import declared_loops
from runner.wiring.doctor_row import recorded

MARKS = {"ok": "ok    ", "note": "note  ", "broken": "BROKEN"}


def run(arguments: Namespace) -> int:
    """Print what was found, worst last, and exit 1 if something is broken."""
    found = _findings(arguments)
    broken = sum(each.state == "broken" for each in found)
    if arguments.json:
        print(json.dumps([dataclasses.asdict(each) for each in found]))
        return 1 if broken else 0
    for each in sorted(found, key=lambda each: list(MARKS).index(each.state)):
        print(f"{MARKS[each.state]}  {each.name}: {each.text}")
        if each.mend:
            print(f"        mend: {each.mend}")
    print(f"next: {'mend what is broken' if broken else 'git-loop status'}")
    return 1 if broken else 0


def _findings(arguments: Namespace) -> list[Finding]:
    house, found = machine(Path.cwd())
    if house is None:
        return found
    if arguments.rows:
        return recorded(house)
    found += [*declared_loops(house), *recorded(house)]
    return found + github(house) if arguments.github else found
