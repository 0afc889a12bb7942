"""What a search costs beside the answers that it scores, per metric call; and `gepa` alone.

The task is a function, and the meta model is one: what is left is the search itself. The same
edits are proposed on both sides.
"""

import json
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from gepa import EvaluationBatch, optimize
from machine import machine

from runner.core.chat import ChatRequest, Decoding
from runner.core.request import ProposeRequest
from runner.core.score import CaseScore
from runner.core.trial import Trial
from runner.lm.script import FunctionModel
from runner.proposers.gepa.params import Params
from runner.proposers.gepa.proposer import optimise
from runner.proposers.meta import Meta
from runner.trace.file import TraceWriter

PATH = "skills/bench/SKILL.md"
KINDS = 24
CASES = [
    {"id": f"c{number:04}", "input": f"sign-{number % KINDS:02} in job {number}"}
    for number in range(240)
]
TEXT = "---\nname: bench\ndescription: Nothing.\n---\n# Bench\n\n## Rules\n"
ROUNDS = 16
SEED = 11
MOST_US = 100.0
"""Microseconds per metric call that the engine may add; the promise that the bench checks."""
_CASE = re.compile(r'<case id="[^"]+" score="0.000">\n<input>\n(sign-\d\d)')


@dataclass
class Clock:
    """A task that knows the signs in its instructions; counts its calls and their seconds."""

    calls: int = 0
    seconds: float = 0.0

    def answer(self, text: str, case: Mapping[str, Any]) -> bool:
        """Tell whether the instructions cover a case."""
        self.calls += 1
        return case["input"][:7] in text

    def port(self, files: Mapping[str, str], cases: Sequence[Mapping[str, Any]]) -> Sequence[Trial]:
        """Score as a checker's port would."""
        began = time.perf_counter()
        made = []
        for case in cases:
            right = self.answer(files[PATH], case)
            score = CaseScore(case=case["id"], metrics={"agreement": float(right)})
            made.append(Trial(case=dict(case), score=score, output=""))
        self.seconds += time.perf_counter() - began
        return made


class Plain:
    """The least adapter that gepa can do with."""

    propose_new_texts = None

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def evaluate(
        self,
        batch: Sequence[Any],
        candidate: Mapping[str, str],
        capture_traces: bool = False,  # noqa: ARG002, FBT001, FBT002 - gepa's signature
    ) -> EvaluationBatch[Any, Any]:
        """Score cases one by one."""
        began = time.perf_counter()
        scores = [float(self._clock.answer(candidate[PATH], case)) for case in batch]
        self._clock.seconds += time.perf_counter() - began
        return EvaluationBatch([""] * len(batch), scores, list(zip(batch, scores, strict=True)))

    def make_reflective_dataset(
        self,
        candidate: Mapping[str, str],  # noqa: ARG002 - gepa's signature
        eval_batch: EvaluationBatch[Any, Any],
        components_to_update: Sequence[str],
    ) -> dict[str, list[dict[str, Any]]]:
        """Return what was scored."""
        seen = eval_batch.trajectories or ()
        records = [{"case": case, "score": score} for case, score in seen]
        return dict.fromkeys(components_to_update, records)


class Quiet:
    """No log."""

    def log(self, message: str) -> None:
        """Write nothing."""


def alone() -> tuple[float, int]:
    """Return gepa's own seconds beside the task, and its metric calls."""
    clock = Clock()

    def propose(
        candidate: dict[str, str], dataset: Mapping[str, Any], parts: Sequence[str]
    ) -> dict[str, str]:
        missed = next(each["case"] for each in dataset[parts[0]] if not each["score"])
        return {PATH: f"{candidate[PATH]}- {missed['input'][:7]}\n"}

    began = time.perf_counter()
    optimize(
        seed_candidate={PATH: TEXT},
        trainset=CASES[::2],
        valset=CASES[1::2],
        adapter=Plain(clock),
        custom_candidate_proposer=propose,
        stop_callbacks=lambda state: state.i >= ROUNDS - 1,
        logger=Quiet(),
        track_best_outputs=False,
        seed=SEED,
    )
    return time.perf_counter() - began - clock.seconds, clock.calls


def ours(params: Params) -> tuple[float, int]:
    """Return the proposer's own seconds beside the task, and its metric calls."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        request = _request(root)
        with TraceWriter(root / "meta.jsonl.gz") as trace:
            meta = Meta(FunctionModel(_edit), decoding=Decoding(), trace=trace)
            began = time.perf_counter()
            optimise(request, params, score=clock.port, meta=meta)
            taken = time.perf_counter() - began
    return taken - clock.seconds, clock.calls


def overhead(*, runs: int = 5) -> dict[str, Any]:
    """Measure both, one after the other, and say what a metric call costs each.

    Args:
        runs: How often; medians count. The first run, which imports, is left out.
    """
    searches: dict[str, Callable[[], tuple[float, int]]] = {
        "gepa": alone,
        "git_loop": partial(ours, Params(generations=ROUNDS)),
        "git_loop_merging": partial(ours, Params(generations=ROUNDS, merge=True)),
    }
    told: dict[str, Any] = {}
    for name, run in searches.items():
        run()
        taken, calls = _median(run, runs)
        told |= {f"{name}_us_per_call": round(1e6 * taken / calls, 1), f"{name}_calls": calls}
    told["within"] = told["git_loop_us_per_call"] <= MOST_US
    return told


def _median(run: Callable[[], tuple[float, int]], runs: int) -> tuple[float, int]:
    found = [run() for _ in range(runs)]
    return median(seconds for seconds, _ in found), found[0][1]


def _edit(request: ChatRequest) -> str:
    found = _CASE.search(request.messages[-1].content)
    rule = f"- {found[1]}" if found else "- nothing"
    return json.dumps({"why": rule, "edits": [{"find": "", "replace": rule}]})


def _request(root: Path) -> ProposeRequest:
    place = root / "tree" / PATH
    place.parent.mkdir(parents=True)
    place.write_text(TEXT)
    (root / "plan.json").write_text(json.dumps({"primary": "agreement"}))
    (root / "train.jsonl").write_text("".join(json.dumps(case) + "\n" for case in CASES))
    return ProposeRequest(
        kind="gepa",
        params={},
        tree=root / "tree",
        surface=(PATH,),
        plan=root / "plan.json",
        train=root / "train.jsonl",
        traces=root / "traces",
        ckpt=root / "ckpt",
        seed=SEED,
    )


if __name__ == "__main__":
    print(json.dumps({**machine("gepa"), **overhead()}, indent=1))
