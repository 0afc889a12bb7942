"""All benches, one after another, each a process of its own, and the README's tables after them.

`python bench/all.py` keeps every bench's figures under `bench/results` and rewrites README.md's
tables: hours. `--quick` takes short settings, keeps nothing, and prints the rows that it measured
beside those of the README: under five minutes, peers side by side as in the long form. `--only NAME
...` takes some. A bench that fails is told and the others go on; the exit status is then 1. A peer
that wants other packages than ours has a virtual environment under `~/.cache/git-loop-bench`, which
its bench makes on first use: DVC and LLMLingua.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from figure import ELSEWHERE, ROOT
from readme import filled, found, rendered
from readme_row import Results

LAST_LINES = 15
"""Of what a bench said, where it failed."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A script of `bench/` that keeps figures.

    Attributes:
        name: Of the script, and how its results are called.
        arguments: Of the long form, beside `--write`.
        quick: Those of the short form; None where it has none.
        peer: What it is measured against, side by side in one run; "" for nothing.
    """

    name: str
    arguments: Sequence[str] = ()
    quick: Sequence[str] | None = None
    peer: str = ""

    @property
    def script(self) -> str:
        """Return the name of its module."""
        return self.name.replace("-", "_")


BENCHES = (
    Bench(
        "engine",
        quick=("--runs", "1", "--only", "iteration", "verbs"),
        peer="dvc, in its own environment",
    ),
    Bench("gate", quick=("--loops", "100"), peer="a loop that takes whatever has the higher mean"),
    Bench(
        "kompress",
        quick=("--rounds", "1", "--quick"),
        peer="llmlingua, in its own environment",
    ),
    Bench("kompress-gold", ("--heldout",), peer="a model trained on the annotations"),
    Bench("kompress-findings", peer="the findings of the Kompress post, remade"),
    Bench("demo"),
    Bench("text", quick=("--only", "overhead"), peer="gepa alone; bare sockets"),
    Bench(
        "experience",
        peer="generate of transformers, called turn by turn",
    ),
    Bench("rollout", peer="generate of transformers"),
    Bench("looper", quick=("--only", "edit", "defects", "fuzz"), peer="the original's way"),
    Bench("looper-arms", peer="the base, before it was trained"),
    Bench("crash", peer="a run that nobody killed"),
    Bench("isolation", peer="a child without a sandbox"),
    Bench("sealing"),
    Bench("suite", quick=("--only", "leak")),
    Bench("fuzz", quick=("--only", "specs", "--count", "300")),
    Bench("provenance"),
    Bench("scale"),
    Bench("rehearsal"),
    Bench("fanout", peer="ray, a cluster of one node"),
    Bench("store"),
    Bench("audit", quick=("--only", "worthless", "real", "--tries", "10")),
    Bench("power", quick=("--only", "seen", "noise", "--looks", "10", "--times", "5")),
    Bench("monitor", quick=("--only", "alarms", "--years", "5")),
    Bench("report"),
    Bench("terminal"),
)
"""In the order in which they run: what is read first in the README comes first."""
ASIDE = {
    "all": "runs the others",
    "dependencies": "writes a table of docs/dependencies.md",
    "film": "records a demo to look at, measures nothing",
    "engine_iteration": "a child of engine.py",
    "kompress_calibration": "draws a picture",
    "kompress_llmlingua": "a child of kompress.py, in the peer's environment",
    "kompress_worker": "a child of kompress.py",
    "looper_harness": "a part of looper.py",
    "mutation": "make mutate runs it, in an environment of its own",
    "picture": "draws a picture",
    "readme": "writes the README's tables",
    "rehearsal_probe": "a child of rehearsal.py",
    "scale_iteration": "a child of scale.py",
    "text_latency": "a part of text.py",
    "text_overhead": "a part of text.py",
}
"""Scripts of `bench/` that are no benches of their own, and why."""


def measure(benches: Iterable[Bench], *, into: Path | None, root: Path = ROOT) -> list[str]:
    """Run benches one after another, and return the names of those that failed.

    Args:
        benches: Which; those without a short form are left out where that is asked for.
        into: Where short forms keep their figures; None for the long form.
        root: The checkout whose `bench` they lie in.
    """
    wanted = [bench for bench in benches if into is None or bench.quick is not None]
    return [bench.name for bench in wanted if not _run(bench, into=into, root=root)]


def _run(bench: Bench, *, into: Path | None, root: Path) -> bool:
    """Run one, say how long it took, and whether it came to its end."""
    arguments = bench.arguments if into is None else bench.quick or ()
    environ = os.environ | ({} if into is None else {ELSEWHERE: str(into)})
    began = time.perf_counter()
    print(f"{bench.name:18}", end="", flush=True)
    done = subprocess.run(
        [sys.executable, str(root / f"bench/{bench.script}.py"), *arguments, "--write"],
        cwd=root,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    ended = f"failed, exit {done.returncode}" if done.returncode else "measured"
    against = f", beside {bench.peer}" if bench.peer else ""
    print(f"{time.perf_counter() - began:6.0f} s  {ended}{against}", flush=True)
    if done.returncode:
        print(*done.stdout.splitlines()[-LAST_LINES:], sep="\n", file=sys.stderr, flush=True)
    return done.returncode == 0


def side_by_side(short: Results, kept: Results) -> str:
    """Return the rows that a short form measured, beside those that the README shows."""
    long = found(kept)
    lines = []
    for name, row in found(short).items():
        before = long[name].measured if name in long else "-"
        lines.append(f"{row.figure}\n    now     {row.measured}\n    README  {before}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Run them, then tell or keep what they found."""
    given = _options(argv)
    asked = [bench for bench in BENCHES if not given.only or bench.name in given.only]
    with tempfile.TemporaryDirectory(prefix="git-loop-bench-") as place:
        into = Path(place) if given.quick else None
        failed = measure(asked, into=into)
        if into is not None:
            print("\nShort settings on this machine as it is now; nothing is kept.\n")
            print(side_by_side(Results(folder=into, examples=into), Results()))
    if not given.quick:
        page = ROOT / "README.md"
        page.write_text(filled(page.read_text(), rendered(Results())))
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [bench.name for bench in BENCHES]
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="short settings, keeps nothing")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
