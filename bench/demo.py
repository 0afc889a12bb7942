"""From a fresh clone to the demo's pull request: what a newcomer waits for, and what it computes.

Run with `python bench/demo.py`; `--write` keeps the figures under `bench/results`. A clone of what
is committed, `make .venv/.train` in it (a virtual environment of its own, packages from whichever
index pip knows), then `make demo`: a baseline and one iteration of loops/kompress.yaml, from
nothing. CPU seconds are those of all processes below make. Minutes; `--torch` as TORCH of make.
"""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from experience_cpu import Meter
from figure import ROOT, keep, measured, options


def demo(torch: str) -> dict[str, Any]:
    """Time both steps in a clone.

    Args:
        torch: Options of pip that choose a build of torch; "" for the Makefile's own.
    """
    more = [f"TORCH={torch}"] if torch else []
    with tempfile.TemporaryDirectory(prefix="git-loop-bench-") as place:
        top = Path(place) / "clone"
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(top)], check=True)
        install, cpu = _made(top, ".venv/.train", *more)
        shown, demo_cpu = _made(top, "demo", *more)
        rows = sorted((top / ".demo").glob("home/*/runs/kompress/*/gate.json"))
    return {
        "install_s": round(install, 1),
        "install_cpu_s": round(cpu, 1),
        "demo_s": round(shown, 1),
        "demo_cpu_s": round(demo_cpu, 1),
        "whole_s": round(install + shown, 1),
        "iterations": len(rows),
    }


def _made(top: Path, *words: str) -> tuple[float, float]:
    """Return the wall and CPU seconds of a target of make."""
    began = time.perf_counter()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    with (
        subprocess.Popen(["make", *words], cwd=top, env=kept, stdout=subprocess.DEVNULL) as process,
        Meter(process.pid) as meter,
    ):
        process.wait()
    if process.returncode:
        raise SystemExit(f"make {' '.join(words)}: exit {process.returncode}")
    return time.perf_counter() - began, meter.cpu_s


def main() -> None:
    """Measure, print, and keep the figures if asked."""
    parser = options(__doc__)
    parser.add_argument("--torch", default="", help="as make's TORCH; default: the Makefile's")
    given = parser.parse_args()
    found = measured(lambda: demo(given.torch), "git-loop", "torch")
    print(json.dumps(found, indent=1))
    if given.write:
        keep("demo", found)


if __name__ == "__main__":
    main()
