"""`git-loop show NAME [N]`."""

from argparse import Namespace
from pathlib import Path

from runner.report.summary import show_text
from runner.wiring.declare import declare
from runner.wiring.house import enter
from runner.wiring.look import row


def run(arguments: Namespace) -> int:
    """Print one row."""
    house = enter(Path.cwd())
    declared = declare(house.repo.top, arguments.name)
    found = row(house, arguments.name, arguments.number)
    if arguments.json:
        print(found.model_dump_json())
        return 0
    print(show_text(found, primary=declared.spec.gate.primary).rstrip())
    if found.number:
        print(f"next: git-loop show {arguments.name} {found.number - 1}, or git-loop status")
    return 0
