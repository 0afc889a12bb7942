"""What the test suite counts: publishers that race, faults of the forge, words of held-out cases.

Run with `python bench/suite.py`, or a part of it with `--only`; `--write` keeps the figures under
`bench/results`. Each part is tests of ours, run as they stand, so that figure and test never part.
Two cores, about ten minutes.

    race    rounds in which 4 to 6 clones start a run of one loop at once; what each leaves
    forge   tests in which the embedded forge commits a fault: dropped, silent, refusing, stale
    leak    a campaign whose checker quotes each held-out case, and what is left of their words
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from figure import ROOT, keep, measured, options

Part = Callable[[argparse.Namespace], dict[str, Any]]
RACE = (
    "tests/iteration/test_race.py::"
    "test_of_several_machines_at_once_none_loses_a_row_a_look_or_a_dollar"
)
LEAK = (
    "tests/iteration/test_leak.py::"
    "test_a_campaign_whose_checker_quotes_every_case_leaves_no_word_of_them"
)
FORGE = ("tests/forge", "tests/publish")
RACED = re.compile(
    r"(?P<rounds>\d+) rounds, (?P<processes>\d+) processes: (?P<rows>\d+) rows, "
    r"(?P<superseded>\d+) superseded, (?P<lost>\d+) lost"
)
LEFT = re.compile(r"(?P<objects>\d+) git objects, (?P<files>\d+) files: (?P<words>\d+) hold a word")


def race(given: argparse.Namespace) -> dict[str, Any]:
    """Let clones race, and read what the test counted."""
    return _counted(RACE, RACED, SOAK=str(given.soak))


def leak(_: argparse.Namespace) -> dict[str, Any]:
    """Run the campaign, and read what the test counted."""
    return _counted(LEAK, LEFT)


def forge(_: argparse.Namespace) -> dict[str, Any]:
    """Run all tests of the forge and of publishing, and count those that met a fault."""
    with tempfile.TemporaryDirectory() as place:
        told = Path(place) / "faults.json"
        _pytest(*FORGE, "-p", "suite_faults", FAULTS_TOLD=str(told))
        found: dict[str, Any] = json.loads(told.read_text())
    return found | {"holds": not found["failed"]}


def _counted(test: str, told: re.Pattern[str], **environ: str) -> dict[str, Any]:
    """Run a test that tells its counts in a line; it asserts them itself."""
    done = _pytest(test, "-s", **environ)
    line = told.search(done.stdout + done.stderr)
    if done.returncode or line is None:
        raise SystemExit(f"{test} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return {name: int(count) for name, count in line.groupdict().items()} | {"holds": True}


def _pytest(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    path = {"PYTHONPATH": str(Path(__file__).parent)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=os.environ | path | environ,
        capture_output=True,
        text=True,
        check=False,
    )


PARTS: dict[str, Part] = {"race": race, "forge": forge, "leak": leak}


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and keep the figures if asked."""
    parser = options(__doc__, parts=PARTS)
    parser.add_argument("--soak", type=int, default=20, help="a fifth of the rounds; 1: three")
    given = parser.parse_args(argv)
    for name in given.only or PARTS:
        found = measured(partial(PARTS[name], given), "pydantic", "pytest")
        print(json.dumps({name: found}, indent=1), flush=True)
        if given.write:
            keep("suite", {name: found})


if __name__ == "__main__":
    main()
