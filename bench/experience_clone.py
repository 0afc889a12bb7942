"""A clean clone of a checkout, in which loops are run as a person would."""

import json
import lzma
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experience_cpu import Meter

from runner.worlds.office.generate import tasks
from runner.worlds.office.template.table import SEEN_NAMES

GIT_LOOP = str(Path(sys.executable).parent / "git-loop")
FRESH_SEED = 20261121
"""The eval's own dev tasks are of the day before."""


class FailedError(Exception):
    """A command of ours that failed: its last lines."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a command printed, and what it took."""

    found: Any
    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Clone:
    """A clone with a `LOOP_HOME` of its own."""

    top: Path
    environ: dict[str, str]

    def seeded(self, loop: str, seed: int) -> None:
        """Give a loop another seed, and commit it.

        Raises:
            FailedError: there is no such loop.
        """
        path = self.top / f"loops/{loop}.yaml"
        if not path.is_file():
            raise FailedError(f"no loops/{loop}.yaml is committed in what was cloned")
        text = re.sub(r"(?m)^seed:.*\n?", "", path.read_text())
        path.write_text(f"{text.rstrip()}\nseed: {seed}\n")
        self._commit(f"seed {seed}")

    def with_fresh_dev(self, count: int) -> None:
        """Replace the eval's dev split by tasks that nobody has seen, and commit them.

        They are of the same kinds and the same pool of names as those that they replace.
        """
        found = tasks("dev", templates=SEEN_NAMES, n=count, seed=FRESH_SEED)
        lines = "".join(f"{each.model_dump_json()}\n" for each in found)
        split = self.top / "evals/experience/dev.jsonl.xz"
        split.write_bytes(lzma.compress(lines.encode()))
        self._commit("fresh dev tasks")

    def loop(self, *words: str) -> Taken:
        """Return what a verb of `git-loop` prints as JSON.

        Raises:
            FailedError: it failed.
        """
        began = time.perf_counter()
        with (
            subprocess.Popen(
                [GIT_LOOP, *words, "--json"],
                cwd=self.top,
                env=self.environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as process,
            Meter(process.pid) as meter,
        ):
            out, told = process.communicate()
        if process.returncode:
            last = " | ".join(told.strip().splitlines()[-3:])
            raise FailedError(f"git-loop {' '.join(words)}: exit {process.returncode}: {last}")
        return Taken(json.loads(out), time.perf_counter() - began, meter.cpu_s)

    def _commit(self, subject: str) -> None:
        who = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid")
        for words in (("add", "-A"), ("commit", "-q", "--allow-empty", "-m", subject)):
            subprocess.run(["git", *who, *words], cwd=self.top, check=True)


@contextmanager
def cloned(source: Path) -> Iterator[Clone]:
    """Clone what a checkout has committed, and forget the clone afterwards."""
    with tempfile.TemporaryDirectory() as place:
        top = Path(place) / "clone"
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(source), str(top)], check=True)
        subprocess.run(["git", "switch", "-q", "-C", "main"], cwd=top, check=True)
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        home = {"LOOP_HOME": f"{place}/home", "LOOP_OFFLINE": "1"}
        yield Clone(top, kept | home)
