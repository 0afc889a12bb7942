"""What the engine itself costs: one iteration that does nothing, beside DVC, and at 10,000 rows.

Run with `python bench/engine.py`; `--write` keeps the figures under `bench/results`. Everything is
measured as whole processes in alternating runs, and medians are told. An iteration has one maker
child and one checker child (two shell scripts, the same as DVC's stages), one look of 200 cases of
0 or 1, a row committed and pushed to the embedded forge's repository, and the pull request's body
rendered. The isolation probe and the incumbent's arm are cached; the forge's HTTP is left out. DVC
runs `dvc exp run` and `dvc metrics diff` in its own virtual environment.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from engine_clock import Command, FailedError, Taken, git_share, import_share, medians, timed
from engine_ground import (
    DVC,
    NAME,
    Ground,
    dvc_executable,
    dvc_ground,
    git_loop,
    grow,
    head_of,
    loop_ground,
    vary,
)
from engine_table import Bar, table
from figure import keep, options
from machine import machine

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "transformers", "peft", "github", "scipy")
SIZES = (10, 250, 10_000)
"""Recorded rows; from 250 on every window of past rows is full, so what grows beyond shows."""
PARTS = ("iteration", "rows", "verbs")
MOST_RUNS = 40
"""Beyond it a loop of patience 100 would rest in the middle of a measurement."""
IMPORTED = """\
import sys
from runner.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""


def alternating(
    runs: int, sides: Mapping[str, Callable[[int], Sequence[Command]]], *, ok: Sequence[int] = (0,)
) -> dict[str, list[Taken]]:
    """Run every side once per round, in turns, one round more than told to warm up.

    Args:
        runs: Rounds that count.
        sides: Name to what gives a round's commands; several are one figure, added up.
        ok: Exit statuses that count as done.
    """
    taken: dict[str, list[Taken]] = {name: [] for name in sides}
    order = list(sides)
    for number in range(runs + 1):
        for name in order:
            each = [timed(command, ok=ok) for command in sides[name](number + 1)]
            total = Taken(sum(t.wall_s for t in each), sum(t.cpu_s for t in each))
            if number:
                taken[name].append(total)
        order.reverse()  # nobody is always the one whose caches the other has just thrown out
    return taken


def iteration(ground: Ground) -> Command:
    """Return one iteration with its body rendered."""
    script = str(Path(__file__).with_name("engine_iteration.py"))
    return ground.command(sys.executable, script, NAME)


def against_dvc(place: Path, runs: int, *, dvc: str | None) -> dict[str, Any]:
    """Measure an iteration, the plain verb, the two children alone, and DVC, in turns."""
    loop = loop_ground(_made(place / "loop"))
    begun = head_of(loop).number
    sides: dict[str, Callable[[int], Sequence[Command]]] = {
        "iteration": lambda _: [iteration(loop)],
        "verb": lambda _: [loop.command(git_loop(), "run", NAME, "--no-publish")],
        "interpreter": lambda _: [loop.command(sys.executable, "-c", "pass")],
    }
    if dvc is not None:
        other = dvc_ground(_made(place / "dvc"), dvc)

        def experiment(number: int) -> Sequence[Command]:
            vary(other, number)
            return [other.command(dvc, "exp", "run"), other.command(dvc, "metrics", "diff")]

        sides["dvc"] = experiment
    taken = alternating(runs, sides)
    recorded = head_of(loop).number - begun
    if recorded != 2 * (runs + 1):
        raise FailedError(f"{recorded} rows after {2 * (runs + 1)} iterations")
    figures: dict[str, Any] = {name: medians(each) for name, each in taken.items()}
    if dvc is not None:
        pairs = list(zip(taken["dvc"], taken["iteration"], strict=True))
        figures["ratio"] = {
            "wall": round(median(d.wall_s / ours.wall_s for d, ours in pairs), 2),
            "cpu": round(median(d.cpu_s / ours.cpu_s for d, ours in pairs), 2),
        }
    figures["share"] = {
        "git": asdict(git_share(iteration(loop))),
        "imports": asdict(import_share(iteration(loop))),
    }
    return figures


def at_sizes(place: Path, runs: int) -> dict[str, Any]:
    """Measure an iteration of loops with more and more recorded rows, in turns."""
    grounds = {size: loop_ground(_made(place / str(size))) for size in SIZES}
    for size, ground in grounds.items():
        grow(ground, size)
    sides = {str(size): _always(iteration(ground)) for size, ground in grounds.items()}
    taken = alternating(runs, sides)
    least = taken[str(SIZES[0])]
    figures: dict[str, Any] = {name: medians(each) for name, each in taken.items()}
    for size in SIZES[1:]:
        pairs = list(zip(taken[str(size)], least, strict=True))
        figures[f"ratio_{size}"] = {
            "wall": round(median(more.wall_s / few.wall_s for more, few in pairs), 3),
            "cpu": round(median(more.cpu_s / few.cpu_s for more, few in pairs), 3),
        }
    return figures


def of_verbs(place: Path, runs: int) -> dict[str, Any]:
    """Measure `--help` and `validate`, and list the heavy modules that they import."""
    loop = loop_ground(_made(place / "verbs"))
    shipped = Ground(ROOT, loop.environment)
    commands = {
        "help": (loop, ("--help",)),
        "validate": (loop, ("validate", f"loops/{NAME}.yaml")),
        "validate_kompress": (shipped, ("validate", "loops/kompress.yaml")),
    }
    sides = {
        name: _always(ground.command(git_loop(), *arguments))
        for name, (ground, arguments) in commands.items()
    }
    taken = alternating(runs, sides, ok=(0, 2))  # 2: the shipped spec has a problem to tell
    figures: dict[str, Any] = {name: medians(each) for name, each in taken.items()}
    figures["heavy_imports"] = {
        name: heavy_imports(ground, arguments) for name, (ground, arguments) in commands.items()
    }
    return figures


def heavy_imports(ground: Ground, arguments: Sequence[str]) -> list[str]:
    """Return which of the heavy modules a verb has imported at its end."""
    script = IMPORTED.format(heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ground.folder,
        env=dict(ground.environment),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stderr.splitlines()[-1].replace("'", '"'))
    return found


def bars(figures: Mapping[str, Any]) -> list[Bar]:
    """Set the figures that there are against their bars."""
    each = {"iteration": _iteration_bars, "rows": _size_bars, "verbs": _verb_bars}
    return [bar for part, told in each.items() if part in figures for bar in told(figures[part])]


def _iteration_bars(one: Mapping[str, Any]) -> list[Bar]:
    rows = [
        Bar("one iteration, body rendered", one["iteration"]["wall_s"], "s", 0.25),
        Bar("  its CPU time", one["iteration"]["cpu_s"], "s"),
        Bar("  git-loop run --no-publish", one["verb"]["wall_s"], "s"),
        Bar("  the interpreter alone", one["interpreter"]["wall_s"], "s"),
        Bar("  git processes started", one["share"]["git"]["started"], ""),
        Bar("  time inside them, less cat-file", one["share"]["git"]["inside_s"], "s"),
        Bar("  imports (inflated by tracing)", one["share"]["imports"]["seconds"], "s"),
    ]
    if "dvc" in one:
        rows += [
            Bar("dvc exp run + metrics diff", one["dvc"]["wall_s"], "s"),
            Bar("DVC / git-loop, wall", one["ratio"]["wall"], "x", 8, at_least=True),
            Bar("DVC / git-loop, CPU", one["ratio"]["cpu"], "x"),
        ]
    return rows


def _size_bars(sizes: Mapping[str, Any]) -> list[Bar]:
    most = SIZES[-1]
    rows = [
        Bar(f"{size:,} rows / {SIZES[0]} rows, wall", sizes[f"ratio_{size}"]["wall"], "x", worst)
        for size, worst in ((SIZES[1], None), (most, 1.2))
    ]
    return [
        *rows,
        Bar(f"{most:,} rows / {SIZES[0]} rows, CPU", sizes[f"ratio_{most}"]["cpu"], "x"),
    ]


def _verb_bars(verbs: Mapping[str, Any]) -> list[Bar]:
    heavy = sum(len(names) for names in verbs["heavy_imports"].values())
    return [
        Bar("git-loop --help", verbs["help"]["wall_s"], "s", 0.12),
        Bar("git-loop validate, two commands", verbs["validate"]["wall_s"], "s", 0.25),
        Bar("git-loop validate, kompress", verbs["validate_kompress"]["wall_s"], "s", 0.25),
        Bar("heavy modules these import", heavy, "", 0),
    ]


def facts(dvc: str | None) -> dict[str, Any]:
    """Return what the figures depend on: machine, versions, and the command."""
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout
    return {
        **machine("git-loop", "pydantic"),
        "git": git.strip().removeprefix("git version "),
        "dvc": DVC.partition("==")[2] if dvc else None,
    }


def _made(place: Path) -> Path:
    place.mkdir()
    return place


def _always(command: Command) -> Callable[[int], Sequence[Command]]:
    return lambda _: [command]


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MOST_RUNS:
        raise argparse.ArgumentTypeError(f"expected 1 to {MOST_RUNS}")
    return count


def main() -> None:
    """Measure everything and print it."""
    parser = options(__doc__, parts=PARTS)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--runs", type=_count, default=15, metavar="N", help="rounds, 1 to 40")
    parser.add_argument("--skip-dvc", action="store_true", help="measure git-loop alone")
    given = parser.parse_args()
    dvc = None if given.skip_dvc else dvc_executable()
    figures: dict[str, Any] = {"machine": facts(dvc), "runs": given.runs}
    with tempfile.TemporaryDirectory(prefix="git-loop-bench-") as name:
        place = Path(name)
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "iteration": lambda: against_dvc(place, given.runs, dvc=dvc),
            "rows": lambda: at_sizes(place, given.runs),
            "verbs": lambda: of_verbs(place, given.runs),
        }
        for part in given.only or PARTS:
            figures[part] = parts[part]()
    rows = bars(figures)
    figures["bars"] = [asdict(row) | {"verdict": row.verdict} for row in rows]
    text = json.dumps(figures, indent=1)
    if given.write:
        keep("engine", figures)
    print(text if given.json else table(rows))


if __name__ == "__main__":
    main()
