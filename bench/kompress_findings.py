"""Re-examine what the Kompress post found, on several seeds: votes, passes, ceiling, regex.

For each seed: silver (v3), a self-labelling pass (v4), another one (v5). All are scored on one
public draw of 200 dense cases that no look uses, and on dev. Prints a table of means with 95 %
bootstrap intervals over cases; differences are paired. Takes about four minutes per seed.

    python bench/kompress_findings.py --seeds 17 27 37    # --write keeps them in bench/results
"""

import json
import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean

from figure import keep, options
from machine import machine

from runner.checkers.must_keep.generate import generate
from runner.compression.case import Case, CaseLine, cut, read_cases
from runner.compression.decide import by_budget, named
from runner.compression.ensemble import EnsembleScorer
from runner.compression.lexer import MustSpan, lex, lex_pieces
from runner.compression.metric import content_f1, exact, rate
from runner.compression.model import Compressor, load
from runner.core.canonical import canonical
from runner.core.request import MakeRequest
from runner.makers.token_compressor.maker import make
from runner.makers.token_compressor.params import Params
from runner.wiring.data import open_eval

ROOT = Path(__file__).parents[1]
BUDGET = 0.7
RESAMPLES = 2000
STAGES = (
    ("v3", {}),
    ("v4", {"method": "self_label"}),
    ("v5", {"method": "self_label", "rate": 0.0008}),
)
Row = list[float]
"""One value per case."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where models are made, and what scores them."""

    folder: Path
    train: Path
    dev: Path
    dense: list[Case]
    dev_cases: list[Case]


def main() -> None:
    """Measure every finding and print it."""
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[17, 27, 37])
    given = parser.parse_args()
    told = {"machine": machine("git-loop", "torch")}
    with tempfile.TemporaryDirectory() as scratch:
        bench = _bench(Path(scratch))
        found = [measure(bench, seed) for seed in given.seeds]
    table = {name: summary([each[name] for each in found]) for name in found[0]}
    for name, row in table.items():
        seeds = " ".join(f"{value:.3f}" for value in row.seeds)
        print(f"{name:48} {row.mean:.4f}  [{row.low:.4f}, {row.high:.4f}]  {seeds}")
    if given.write:
        keep("kompress-findings", told | {"rows": {name: asdict(r) for name, r in table.items()}})


@dataclass(frozen=True, slots=True)
class Summary:
    """A finding over seeds: the mean, its 95 % interval over cases, and each seed's mean."""

    mean: float
    low: float
    high: float
    seeds: list[float]


def summary(rows: Sequence[Row]) -> Summary:
    """Average each case over seeds, and bootstrap the mean over cases."""
    cases = [fmean(values) for values in zip(*rows, strict=True)]
    draw = random.Random(1)
    means = sorted(fmean(draw.choices(cases, k=len(cases))) for _ in range(RESAMPLES))
    low, high = means[round(0.025 * RESAMPLES)], means[round(0.975 * RESAMPLES) - 1]
    return Summary(fmean(cases), low, high, [round(fmean(row), 4) for row in rows])


def measure(bench: Bench, seed: int) -> dict[str, Row]:
    """Make the three models of a seed and return each finding, one value per case."""
    models: dict[str, Compressor] = {}
    parent: Path | None = None
    for index, (name, given) in enumerate(STAGES):
        parent = _made(bench, given, parent, name=f"{seed}-{name}", seed=seed + index)
        models[name] = load(parent)
    first = bench.folder / f"{seed}-v3"
    plain = _made(
        bench, {"method": "self_label", "variants": 0}, first, name=f"{seed}-plain", seed=seed + 1
    )
    votes = {
        "vote of 2 in v3 v4 v5": _vote(models, ("v3", "v4", "v5"), keep_if=2),
        "vote of 1 in v4 v5": _vote(models, ("v4", "v5"), keep_if=1),
        "vote of 2 in v4 v5": _vote(models, ("v4", "v5"), keep_if=2),
    }
    arms = models | votes | {"v4 without variants": load(plain)}
    rows = {name: _budgeted(bench.dense, model) for name, model in arms.items()}
    alone = {f"{name}, budget, dense": row for name, row in rows.items()}
    differences = {
        f"{name} - {other}, budget, dense": _less(rows[name], rows[other])
        for name, other in (("v4", "v3"), ("v5", "v4"), *((vote, "v5") for vote in votes))
    }
    return alone | differences | _overrides(bench.dense, models) | _by_slice(bench, models)


def _overrides(cases: Sequence[Case], models: Mapping[str, Compressor]) -> dict[str, Row]:
    """Return what an override of single sub-tokens, and one of whole spans, make of a model."""
    regex = {
        "regex only, budget, dense": [
            _at(case, _flags(case, lex(case.line.text))) for case in cases
        ]
    }
    for name, model in models.items():
        for way, forced in (("sub-tokens", _of_pieces), ("spans", _of_spans)):
            regex[f"{name} + override of {way}, budget, dense"] = [
                exact(case, by_budget(scores, BUDGET, forced=forced(model, case)))
                for case, scores in zip(cases, _scores(cases, model), strict=True)
            ]
    return regex


def _by_slice(bench: Bench, models: Mapping[str, Compressor]) -> dict[str, Row]:
    """Return what each model keeps with its own options, on dev."""
    found: dict[str, Row] = {}
    for slice_ in ("natural", "novel"):
        cases = [case for case in bench.dev_cases if slice_ in case.line.slices]
        regex = [_flags(case, lex(case.line.text)) for case in cases]
        arms = {"regex only": [[flag > 0 for flag in row] for row in regex]}
        for name, model in models.items():
            scored = _scores(cases, model)
            arms[name] = [
                model.keep(case.line.text, scores)
                for case, scores in zip(cases, scored, strict=True)
            ]
        for name, keeps in arms.items():
            pairs = list(zip(cases, keeps, strict=True))
            found[f"{name}, exact_pct, {slice_}"] = [exact(case, keep) for case, keep in pairs]
            found[f"{name}, keep_rate, {slice_}"] = [rate(keep) for keep in keeps]
            found[f"{name}, content_f1, {slice_}"] = [content_f1(*pair) for pair in pairs]
    return found


def _vote(models: Mapping[str, Compressor], names: Sequence[str], *, keep_if: int) -> Compressor:
    scorer = EnsembleScorer(tuple(models[name].scorer for name in names), keep_if)
    return replace(models[names[0]], scorer=scorer)


def _scores(cases: Sequence[Case], model: Compressor) -> list[list[float]]:
    return model.scores([case.line.text for case in cases])


def _budgeted(cases: Sequence[Case], model: Compressor) -> Row:
    return [_at(case, own) for case, own in zip(cases, _scores(cases, model), strict=True)]


def _at(case: Case, scores: Sequence[float]) -> float:
    return exact(case, by_budget(scores, BUDGET))


def _flags(case: Case, spans: Sequence[MustSpan]) -> list[float]:
    return [float(flag) for flag in named(case.pieces, spans)]


def _of_spans(_: Compressor, case: Case) -> list[bool]:
    return [flag > 0 for flag in _flags(case, lex(case.line.text))]


def _of_pieces(model: Compressor, case: Case) -> list[bool]:
    text = case.line.text
    return [flag > 0 for flag in _flags(case, lex_pieces(text, model.cut(text)))]


def _less(one: Row, other: Row) -> Row:
    return [left - right for left, right in zip(one, other, strict=True)]


def _bench(folder: Path) -> Bench:
    data = open_eval(ROOT, "kompress")
    held = {split.name: split.cases for split in data.splits}
    paths = {name: folder / f"{name}.jsonl" for name in ("train", "dev")}
    for name, path in paths.items():
        path.write_bytes(b"".join(canonical(dict(case.data)) for case in held[name]))
    declared = (ROOT / "evals/kompress/dense.yaml").read_bytes()
    drawn = generate(declared, n=200, seed=b"kompress findings", slices=("dense",))
    dense = [cut(CaseLine.model_validate_json(json.dumps(case))) for case in drawn]
    return Bench(folder, paths["train"], paths["dev"], dense, read_cases(paths["dev"]))


def _made(
    bench: Bench, given: dict[str, object], parent: Path | None, *, name: str, seed: int
) -> Path:
    out = bench.folder / name
    out.mkdir()
    request = MakeRequest(
        kind="token_compressor",
        params=given,
        out=out,
        parent=parent,
        train=bench.train,
        dev=bench.dev,
        ckpt=bench.folder,
        seed=seed,
    )
    make(request, Params.model_validate(given))
    return out


if __name__ == "__main__":
    main()
