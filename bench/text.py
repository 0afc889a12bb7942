"""What text loops cost beside the models that they ask, and how far the shipped ones climb.

Run with `python bench/text.py`; `--write` keeps the figures under `bench/results`. The models are
scripted: a rule that matches takes microseconds, and the endpoint is a server process of ours that
waits 50 ms. Ratios are taken side by side in one run; the climbs are whole loops in a clean clone.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from figure import keep, options
from machine import machine
from text_latency import latency
from text_overhead import overhead

from runner.core.canonical import canonical
from runner.seal.box import seal
from runner.seal.key import new_identity, recipient_of

ROOT = Path(__file__).resolve().parents[1]
GIT_LOOP = [str(Path(sys.executable).parent / "git-loop")]
CASES, ROUNDS = 2_000, 5
LEAST_PER_S = 1_000.0
EVAL = """\
eval: many
version: 1
checker: agreement
with: {model: {kind: scripted, script: task.yaml}, categorical: [kind]}
heldout: [{file: heldout.jsonl.age}]
recipient: %s
metrics: {agreement: {direction: max}}
"""
TASK = """\
rules:
  - {match: {user: no space}, reply: '{"kind": "disk"}'}
  - {reply: '{"kind": "other"}'}
"""
SPEC = """\
version: 1
loop: many
surface: [prompt.md]
make: none
check: {eval: many}
propose: {kind: command, command: [sh, -c, 'date +%s%N >> prompt.md']}
gate: {primary: agreement, min_delta: 0.01}
stop: {patience: 100}
"""


def check_stage() -> dict[str, Any]:
    """Return calls per second of whole check stages: child, answers, scores, traces, seals."""
    with tempfile.TemporaryDirectory() as place:
        top, environ = _ground(Path(place))
        _run(top, environ, "many")  # the baseline, and a first iteration to warm up
        for _ in range(ROUNDS):
            _run(top, environ, "many")
        home = next(path for path in Path(environ["LOOP_HOME"]).iterdir() if path.is_dir())
        taken = [
            json.loads((run / "check.json").read_bytes())["cost"]["wall_s"]
            for run in sorted((home / "runs/many").iterdir(), key=lambda run: run.stat().st_mtime)
        ][2:]
    rates = [CASES / seconds for seconds in taken]
    return {
        "cases": CASES,
        "rounds": len(rates),
        "calls_per_s": round(median(rates)),
        "calls_per_s_worst": round(min(rates)),
        "bar": LEAST_PER_S,
    }


def climb(name: str, *, iterations: int) -> dict[str, Any]:
    """Run a shipped loop in a clean clone until it rests, and say where it began and ended."""
    with tempfile.TemporaryDirectory() as place:
        top, environ = Path(place) / "clone", _environ(Path(place) / "home")
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(top)], check=True)
        _git(top, "switch", "-q", "-C", "main")
        began = time.monotonic()
        told = _run(top, environ, name, "--iterations", str(iterations))
        seconds = time.monotonic() - began
    rows = [each["row"] for each in told if "row" in each]
    claimed = [row for row in rows if row["heldout"]]
    return {
        "rows": [[row["number"], row["verdict"], row["dev"].get("agreement")] for row in rows],
        "before": _metrics(claimed[0]),
        "after": _metrics(claimed[-1]),
        "p_of_the_last_claim": claimed[-1]["gate"]["p"] if claimed[-1]["gate"] else None,
        "controls": claimed[-1]["controls"],
        "stop": next((each["stop"]["name"] for each in reversed(told) if each["stop"]), None),
        "seconds": round(seconds, 1),
    }


def _metrics(row: dict[str, Any]) -> dict[str, float]:
    return {name: score["candidate"] for name, score in row["heldout"].items()}


def _ground(place: Path) -> tuple[Path, dict[str, str]]:
    identity, top = new_identity(), place / "repository"
    folder = top / "evals/many"
    folder.mkdir(parents=True)
    (top / "loops").mkdir()
    (top / "loops/many.yaml").write_text(SPEC)
    (top / "prompt.md").write_text("Say what failed.\n")
    (folder / "eval.yaml").write_text(EVAL % recipient_of(identity))
    (folder / "task.yaml").write_text(TASK)
    words = "step 4 of 9: fetch, build, test; " * 20
    cases = b"".join(
        canonical(
            {
                "id": f"c{n}",
                "input": f"{words}{n} {'no space' if n % 3 else 'red'}",
                "label": {"kind": "disk" if n % 2 else "other"},
            }
        )
        for n in range(CASES)
    )
    (folder / "heldout.jsonl.age").write_bytes(seal(cases, recipient_of(identity)))
    _git(top, "init", "-q", "-b", "main")
    _git(top, "add", "-A")
    _git(top, "commit", "-q", "-m", "many cases")
    return top, {**_environ(place / "home"), "LOOP_HELDOUT_KEY": identity}


def _environ(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "LOOP_HOME": str(home), "LOOP_OFFLINE": "1"}


def _git(top: Path, *words: str) -> None:
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid")
    subprocess.run(["git", *who, *words], cwd=top, check=True)


def _run(top: Path, environ: dict[str, str], name: str, *words: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [*GIT_LOOP, "run", name, "--json", "--no-publish", *words],
        cwd=top,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "overhead": overhead,
    "check_stage": check_stage,
    "latency": latency,
    "triage": partial(climb, "triage", iterations=30),
    "commands": partial(climb, "commands", iterations=10),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and keep the figures if asked."""
    given = options(__doc__, parts=PARTS).parse_args(argv)
    found: dict[str, Any] = {"machine": machine("gepa", "openai", "pydantic")}
    found |= {name: PARTS[name]() for name in given.only or PARTS}
    print(json.dumps(found, indent=1))
    if given.write:
        keep("text", found)


if __name__ == "__main__":
    main()
