"""`git-loop status [NAME...]`."""

import json
from argparse import Namespace
from pathlib import Path

from runner.report.summary import status_text
from runner.wiring.house import enter
from runner.wiring.look import Standing, all_standing


def run(arguments: Namespace) -> int:
    """Print where the loops stand."""
    found = all_standing(enter(Path.cwd()), arguments.names)
    if arguments.json:
        print(json.dumps({each.declared.spec.loop: _json(each) for each in found}))
        return 0
    if not found:
        print("no loops/*.yaml here; git-loop --help shows how a loop begins")
    for index, each in enumerate(found):
        if index:
            print()
        print(_text(each))
    return 0


def _text(each: Standing) -> str:
    if each.view is None:
        loop = each.declared.spec.loop
        return f"{loop}: no row yet\nnext: git-loop run {loop}"
    return status_text(each.view).rstrip()


def _json(each: Standing) -> object:
    if each.view is None:
        return None
    stop = each.view.stop
    return each.view.head.model_dump(mode="json") | {
        "stop": None if stop is None else stop.model_dump(mode="json")
    }
