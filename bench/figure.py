"""What every bench shares: its options, how a part is measured, and where figures are kept."""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from machine import machine

ROOT = Path(__file__).resolve().parents[1]
ELSEWHERE = "GIT_LOOP_BENCH_RESULTS"
"""The variable by which `bench/all.py --quick` has figures kept in another folder."""
RESULTS = Path(os.environ.get(ELSEWHERE) or ROOT / "bench/results")


def options(told: str | None, *, parts: Iterable[str] = ()) -> argparse.ArgumentParser:
    """Return a parser that knows `--write` and, of a bench with parts, `--only`.

    Args:
        told: The bench's own docstring.
        parts: Names of what can be measured alone.
    """
    parser = argparse.ArgumentParser(
        description=told, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = tuple(parts)
    if names:
        parser.add_argument("--only", nargs="+", choices=names, help="parts; default: all")
    parser.add_argument("--write", action="store_true", help="keep the figures in bench/results")
    return parser


def measured(part: Callable[[], dict[str, Any]], *packages: str) -> dict[str, Any]:
    """Measure a part, and say on what and for how long.

    Args:
        part: Returns its figures.
        packages: Distributions whose versions are told.
    """
    place, began = machine(*packages), time.perf_counter()
    told = part()
    return {"machine": place, "wall_s": round(time.perf_counter() - began, 1), **told}


def keep(bench: str, found: dict[str, Any]) -> None:
    """Keep figures under `bench/results`, beside other parts that the day's file has."""
    date = datetime.now(UTC).date().isoformat()
    path = RESULTS / f"{date}-{bench}.json"
    path.parent.mkdir(exist_ok=True)
    before = json.loads(path.read_text()) if path.exists() else {"date": date}
    path.write_text(json.dumps(before | found, indent=1) + "\n")
