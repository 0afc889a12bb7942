"""What a run costs before and beside its work: modules that are read, git processes that start."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop

START = "import runner.cli.progress, runner.iteration.show, runner.wiring.house, runner.wiring.work"
SPARED = (
    *("runner.audit", "runner.lm", "runner.publish.publish", "runner.gate.design"),
    *("runner.fanout.alone", "runner.forge.client", "runner.forge.server", "runner.sandbox.bait"),
    *("runner.sandbox.attack", "runner.trace.pack", "runner.wiring.preflight"),
    *("torch", "transformers", "peft", "scipy", "numpy", "github", "httpx2", "rich"),
    *("tarfile", "xml.etree.ElementTree", "asyncio", "ssl", "unittest"),
)
"""Modules that few runs need; each costs every run, and every row of a campaign, its import."""
MOST = 260
"""Modules of ours that a run may read at its start."""
ITERATION = {
    "rev-parse": 1,
    "cat-file": 1,
    "status": 1,
    "ls-remote": 2,
    "for-each-ref": 2,
    "diff-tree": 1,
    "fast-import": 1,
    "push": 1,
    "update-ref": 1,
}
"""Git processes that a run of one iteration starts itself, by their names."""


def after_start(code: str) -> list[str]:
    """Return the lines that code prints in a process that has imported what a run imports."""
    argv = (sys.executable, "-c", f"{START}\n{code}")
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def read() -> set[str]:
    """Names of the modules that a run reads at its start."""
    return set(after_start("import sys\nprint(*sys.modules, sep='\\n')"))


@pytest.mark.parametrize("name", SPARED)
def test_a_run_starts_without_what_few_runs_need(read: set[str], name: str) -> None:
    assert name not in read


def test_a_run_starts_with_so_many_modules_of_ours_at_most(read: set[str]) -> None:
    assert len([name for name in read if name.partition(".")[0] == "runner"]) <= MOST


def test_an_iteration_starts_so_many_git_processes(workshop: "Workshop") -> None:
    workshop.run()
    events, config = workshop.home.parent / "events", workshop.home / "gitconfig"
    events.mkdir()
    config.write_text(f"[trace2]\n\teventTarget = {events}\n")
    workshop.monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    workshop.run()
    assert Counter(name for path in events.iterdir() if (name := _started(path))) == ITERATION


def _started(path: Path) -> str:
    """Return which git command a process was; "" of one that git itself started."""
    told = [json.loads(line) for line in path.read_text().splitlines()]
    name = next((each["name"] for each in told if each["event"] == "cmd_name"), "")
    return "" if "/" in told[0]["sid"] else str(name)
