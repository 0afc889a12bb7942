"""The ceiling row of kompress: a model trained on the annotations that no maker may look at.

Run with `python bench/kompress_gold.py`: trains the default network on the must-keep spans and the
reference of the train split, for as many steps as a baseline and two self-labelling passes take
together, stores it in `--out DIR`, and checks it on dev beside the controls and beside any
`--model DIR`, without one beside a candidate of one self-labelling pass that is trained here; with
`--heldout` also on the held-out natural cases and on draws of the generators. The labels are the
generator's, so it is no candidate: it says how much is left to win. `--json` prints the figures
alone, `--write` keeps them under `bench/results`.
"""

import argparse
import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean

import torch
from figure import keep, measured, options
from kompress_engine import trained

from runner.checkers.must_keep.checker import CONTROLS, check, controls
from runner.checkers.must_keep.params import Params as CheckParams
from runner.compression.model import Compressor
from runner.compression.options import Options, write_options
from runner.compression.unit import mark
from runner.core.canonical import canonical
from runner.core.phase import Phases
from runner.core.request import CheckRequest, MakeRequest
from runner.core.score import CaseScore
from runner.evals.split import Case
from runner.makers.token_compressor.calibrate import smallest_threshold
from runner.makers.token_compressor.draft import Job, writes
from runner.makers.token_compressor.label.mark import Mark, ranked
from runner.makers.token_compressor.label.silver import fit_teacher
from runner.makers.token_compressor.learn import Lesson, learn
from runner.makers.token_compressor.network.fit import Schedule
from runner.makers.token_compressor.network.fresh import fresh
from runner.makers.token_compressor.params import Params
from runner.makers.token_compressor.text import Text
from runner.wiring.data import open_eval

ROOT = Path(__file__).parents[1]
SCHEDULE = Schedule(300 + 2 * 800, 1.5e-3, 384)
KEEP_CAP = 0.66
SHOWN = (
    *("exact_at_budget", "exact_pct", "all_kept", "keep_rate", "content_f1", "override_delta"),
    *("answerable", "calibration_error", "seed_exact_pct"),
)
Rows = dict[str, dict[str, float]]


def main() -> None:
    """Train, store, check and print."""
    parser = options(__doc__)
    parser.add_argument("--out", type=Path, help="an empty folder for the model")
    parser.add_argument("--model", type=Path, action="append", default=[], help="to stand beside")
    parser.add_argument("--heldout", action="store_true", help="check on held-out cases too")
    parser.add_argument("--steps", type=int, default=SCHEDULE.steps)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        out = given.out or Path(scratch) / "gold"
        out.mkdir(parents=True, exist_ok=True)
        beside = given.model or [_incumbent(Path(scratch), given.steps)]
        told = measured(lambda: {"splits": compared(out, beside, given)}, "torch")
    if given.write:
        keep("kompress-gold", told)
    print(json.dumps(told) if given.json else _table(told["splits"]))


def compared(
    out: Path, beside: Iterable[Path], given: argparse.Namespace
) -> dict[str, dict[str, Rows]]:
    """Train the model, and return split to arm to slice to metric to mean."""
    data = open_eval(ROOT, "kompress")
    splits = {"dev": [case for held in data.splits if held.name == "dev" for case in held.cases]}
    if given.heldout:
        splits["held out"] = [case for held in data.heldout for case in held.cases]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        train = _lines(folder / "train.jsonl", [c for h in data.splits[:1] for c in h.cases])
        job = _job(train, out, folder, steps=given.steps, seed=given.seed)
        natural = [str(case.data["text"]) for case in splits["dev"] if "natural" in case.slices]
        _gold(job, out, natural)
        arms = {"gold": out, **{path.name: path for path in beside}}
        return {
            split: _rows(_lines(folder / f"{split}.jsonl", cases), arms)
            for split, cases in splits.items()
        }


def _incumbent(scratch: Path, steps: int) -> Path:
    """Make what the loop's first iteration makes; as brief as the gold model where that is."""
    brief = {} if steps == SCHEDULE.steps else {"steps": steps}
    made = trained(
        scratch / "own", {"method": "silver", **brief}, {"method": "self_label", **brief}
    )
    return made.rename(scratch / "incumbent")


def gold_marks(texts: list[Text]) -> list[Mark]:
    """Label must spans 1, what a reader would miss below it, and the rest 0."""
    teacher = fit_teacher([text.text for text in texts])
    return [
        ranked(
            teacher.ranks(text.text),
            mark(text.pieces, tuple((start, end) for start, end, _ in text.must)),
        )
        for text in texts
    ]


def _job(train: Path, out: Path, ckpt: Path, *, steps: int, seed: int) -> Job:
    request = MakeRequest(
        kind="token_compressor", params={}, out=out, train=train, ckpt=ckpt, seed=seed
    )
    return Job(request, Params(steps=steps), Phases())


def _gold(job: Job, out: Path, natural: list[str]) -> None:
    """Train and store it, at the threshold that a candidate of the loop would have."""
    torch.manual_seed(job.request.seed)
    texts = job.texts()
    scorer = fresh("scratch", [text.text for text in texts], {})
    learn(job, scorer, Lesson(texts, gold_marks(texts)), SCHEDULE, seed=job.request.seed)
    writes(scorer)(out)
    found = smallest_threshold(
        Compressor(scorer, scorer.tokenizer, Options()), natural, cap=KEEP_CAP
    )
    write_options(out, Options(threshold=found.threshold))


def _lines(path: Path, cases: Iterable[Case]) -> Path:
    path.write_bytes(b"".join(canonical(dict(case.data)) for case in cases))
    return path


def _rows(cases: Path, arms: Mapping[str, Path]) -> dict[str, Rows]:
    """Return arm to slice to metric to mean."""
    request = CheckRequest(
        kind="must_keep", params={}, cases=cases, out=cases, controls=CONTROLS, seed=1
    )
    params = CheckParams()
    scored = {
        name: [*check(request.model_copy(update={"model": model}), params)]
        for name, model in arms.items()
    }
    return {name: _means(scores) for name, scores in (scored | controls(request, params)).items()}


def _means(scores: list[CaseScore]) -> Rows:
    slices = sorted({name for score in scores for name in score.slices})
    held = {name: [each for each in scores if name in each.slices] for name in slices}
    return {
        name: {metric: fmean(each.metrics[metric] for each in own) for metric in SHOWN}
        for name, own in held.items()
    }


def _table(found: Mapping[str, Mapping[str, Rows]]) -> str:
    head = ["split, slice", "arm", *SHOWN]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for split, arms in found.items():
        for slice_ in next(iter(arms.values())):
            for arm, rows in arms.items():
                cells = [f"{rows[slice_][metric]:.3f}" for metric in SHOWN]
                lines.append(f"| {split}, {slice_} | {arm} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
