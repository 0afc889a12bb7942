"""Races for lock-boxes: loops in clones of their own that open the same box at the same moment.

Run with `python bench/sealing.py`; `--write` keeps the figures under `bench/results`. Every round
has a new lock-box; the loops record its opening at once, by the engine's own record stage and real
git over one remote, with atomic pushes and, in a second half, with none. Two cores, two minutes.
"""

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from figure import keep, options
from machine import machine

from runner.core.canonical import digest
from runner.core.receipt import Campaign, Plan
from runner.core.row import Cost, EvalRef, Host, Isolation, Look, Row
from runner.evals.load import inline_eval
from runner.record.book import Book, Recorded
from runner.record.past import read_head
from runner.record.record import Entry, record
from runner.repo.repo import Repo
from runner.spec.model import CommandCheck, Spec

WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROUNDS, LOOPS = 25, 3


@dataclass
class Racer:
    """One loop in a clone of its own."""

    book: Book
    number: int = 0

    def append(self, **changes: Any) -> Recorded:  # noqa: ANN401 - fields of a row
        """Record a row as seen from here now."""
        plan = self._plan()
        data: dict[str, Any] = {
            "number": plan.number,
            "kind": plan.kind,
            "run": plan.run,
            "mark": plan.mark,
            "prev": plan.head.last if plan.head else "",
            "spec": plan.spec,
            "reset_digest": "d",
            "eval": plan.eval,
            "code": plan.code,
            "line": "main",
            "seed": 0,
            "candidate": "c" * 64,
            "verdict": "baseline",
            "reason": "because",
            "look": Look(spent=True),
            "cost": Cost(usd=0.25),
            "isolation": Isolation(level="open", probe=""),
            "host": Host(device="cpu", versions={}),
            "started": plan.started,
            "finished": plan.started,
        }
        row = Row(**(data | changes))
        asked = b"sealed" if row.kind == "confirm" else None
        return record(self.book, plan, [Entry(row=row, surface={}, asked=asked)], when=WHEN)

    def _plan(self) -> Plan:
        held, loop = self.book.held(), self.book.spec.loop
        head = read_head(self.book.repo, held.authority, loop)
        self.number += 1
        return Plan(
            run=digest(f"{loop} {self.number}".encode()),
            mark=f"{loop}-{self.number}",
            loop=loop,
            number=0 if head is None else head.number + 1,
            kind="baseline" if head is None else "confirm",
            line="main",
            hypothesis=None,
            seed=0,
            spec="s" * 64,
            reset_digest="d",
            eval=EvalRef(id="toy", version=1, heldout="h" * 64),
            code=self.book.repo.head(),
            head=head,
            campaign=Campaign(
                tip=held.branch, authority=held.authority, base=self.book.repo.head()
            ),
            started=WHEN.isoformat(),
        )


def main(argv: Sequence[str] | None = None) -> None:
    """Race, print, and keep the figures if asked."""
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="lock-boxes of each half")
    given = parser.parse_args(argv)
    found: dict[str, Any] = {"machine": machine("pydantic", "pyrage")}
    for name, atomic in (("atomic", "true"), ("one by one", "false")):
        with tempfile.TemporaryDirectory(prefix="git-loop-bench-") as place:
            racers = laid(Path(place), atomic=atomic)
            found[name] = raced(racers, rounds=given.rounds)
        print(json.dumps({name: found[name]}, indent=1), flush=True)
    if given.write:
        keep("sealing", found)


def laid(place: Path, *, atomic: str) -> list[Racer]:
    """Return loops in clones of one remote, each with a baseline."""
    who = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "bench")
    mail = dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "b@example.invalid")
    environ = {**os.environ, **who, **mail}

    def git(*arguments: str, cwd: Path) -> None:
        subprocess.run(["git", *arguments], cwd=cwd, env=environ, check=True, capture_output=True)

    bare = Repo.init_bare(place / "remote.git", environ=environ)
    git("config", "receive.advertiseAtomic", atomic, cwd=bare.top)
    git("clone", "-q", str(bare.top), "first", cwd=place)
    git("commit", "-q", "--allow-empty", "-m", "base", cwd=place / "first")
    git("push", "-q", "origin", "HEAD:refs/heads/main", cwd=place / "first")
    racers = []
    for number in range(LOOPS):
        loop = f"loop-{number}"
        git("clone", "-q", str(bare.top), loop, cwd=place)
        check = {"command": ["c"]}
        spec = {"version": 1, "loop": loop, "make": {"command": ["m"]}, "check": check}
        book = Book(
            repo=Repo.discover(place / loop, environ=environ),
            remote="origin",
            spec=Spec.model_validate(spec),
            evaluation=inline_eval(CommandCheck(command=("c",))),
        )
        racers.append(Racer(book))
        racers[-1].append()
    return racers


def raced(racers: Sequence[Racer], *, rounds: int) -> dict[str, Any]:
    """Let all loops open one lock-box after another at the same moment."""
    seconds: list[float] = []
    told: list[dict[str, str]] = []
    for number in range(rounds):
        box, barrier = digest(f"box {number}".encode()), threading.Barrier(len(racers))
        done: dict[str, Row] = {}

        def run(racer: Racer, box: str, start: threading.Barrier, into: dict[str, Row]) -> None:
            opened = EvalRef(id="toy", version=1, heldout=box)
            start.wait()
            began = time.perf_counter()
            row = racer.append(kind="confirm", verdict="confirmed", eval=opened).row
            seconds.append(time.perf_counter() - began)
            into[racer.book.spec.loop] = row

        threads = [threading.Thread(target=run, args=(r, box, barrier, done)) for r in racers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told.append({loop: row.verdict or "" for loop, row in done.items()})
        told[-1]["named"] = str(all(_names_the_first(row, done) for row in done.values()))
    words = [[word for name, word in each.items() if name != "named"] for each in told]
    latches = racers[0].book.repo.remote_refs("origin", ("refs/lock-box/*",))
    return {
        "loops": len(racers),
        "boxes": rounds,
        "opened_once": sum(each.count("confirmed") == 1 for each in words),
        "opened_twice": sum(each.count("confirmed") > 1 for each in words),
        "superseded": sum(each.count("superseded") for each in words),
        "rows_lost": rounds * len(racers) - sum(map(len, words)),
        "losers_name_the_first": sum(each["named"] == "True" for each in told),
        "latches": len(latches),
        "median_s": round(median(seconds), 2),
    }


def _names_the_first(row: Row, done: dict[str, Row]) -> bool:
    if row.verdict != "superseded":
        return True
    firsts = [(name, each.number) for name, each in done.items() if each.verdict == "confirmed"]
    return any(f"row {number} of loop {name} first" in row.reason for name, number in firsts)


if __name__ == "__main__":
    main()
