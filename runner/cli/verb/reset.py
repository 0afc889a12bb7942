"""`git-loop reset NAME --reason TEXT`."""

from argparse import Namespace
from pathlib import Path

from runner.cli.progress import progress
from runner.wiring import work
from runner.wiring.house import enter


def run(arguments: Namespace) -> int:
    """Record a reset row."""
    with (
        progress(silent=True) as told,
        work.work_on(enter(Path.cwd()), arguments.name, progress=told, publish=False) as bench,
    ):
        row = work.reset(bench, arguments.reason)
    if arguments.json:
        print(row.model_dump_json())
        return 0
    print(f"{arguments.name} {row.number} reset: {row.reason}")
    print("      each reset halves the significance level of later looks at this held-out split")
    print(f"next: git-loop run {arguments.name}")
    return 0
