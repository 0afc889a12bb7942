"""Score one candidate on one set of cases: one checker call, blind to which arm it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from runner.checkers.arm import read_arm
from runner.checkers.foreign.read import out_name, read_scores
from runner.core.canonical import canonical
from runner.core.request import CheckRequest
from runner.core.score import CaseScore
from runner.evals.model import CommandChecker
from runner.iteration.child import Child, devices, expect_success, offline, start
from runner.iteration.parts import Declared, Parts
from runner.iteration.trace import CALLS

SMOKE_CASES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What is to be scored.

    Attributes:
        model: The candidate's files; None to score only controls.
        cases: Plain JSONL; None for a foreign checker that brings its own cases.
        folder: Private folder for the request, the scores and the log; must not exist yet.
        controls: Control arms to score beside the model.
        trials: Where a built-in checker writes what was answered; never of held-out cases.
        cells: Folder of cells that were answered before; never of held-out cases.
        rep: Which repetition of the eval's `reps` this call is, from 0.
    """

    model: Path | None
    refs: Mapping[str, Path] = field(default_factory=dict)
    cases: Path | None
    split: Literal["train", "dev", "heldout"]
    folder: Path
    seed: int
    controls: tuple[str, ...] = ()
    trials: Path | None = None
    cells: Path | None = None
    smoke: bool = False
    rep: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of an arm, and of the controls that were asked for."""

    scores: tuple[CaseScore, ...]
    controls: Mapping[str, tuple[CaseScore, ...]]


def score_arm(parts: Parts, declared: Declared, arm: Arm) -> Scored:
    """Run the eval's checker on one arm, once per repetition and each time with another seed.

    Raises:
        CrashError: the checker ended badly.
        ArmError: it wrote no usable scores.
        InvalidCandidateError: it found the candidate invalid.
    """
    reps = 1 if arm.smoke else declared.evaluation.reps
    if reps == 1:
        return score_once(parts, declared, arm)
    calls = [score_once(parts, declared, _repetition(arm, rep)) for rep in range(reps)]
    scores = tuple(
        # a checker may repeat a case by itself too; then all its repetitions count
        score.model_copy(update={"rep": rep + reps * score.rep})
        for rep, call in enumerate(calls)
        for score in call.scores
    )
    return Scored(scores=scores, controls=calls[0].controls)


def _repetition(arm: Arm, rep: int) -> Arm:
    """Return the call for one repetition; controls need no second one."""
    return replace(
        arm,
        rep=rep,
        seed=arm.seed + rep,
        folder=arm.folder / f"rep-{rep}",
        controls=() if rep else arm.controls,
    )


def score_once(parts: Parts, declared: Declared, arm: Arm) -> Scored:
    """Run the eval's checker on one arm, once.

    Raises:
        CrashError: the checker ended badly.
        ArmError: it wrote no usable scores.
        InvalidCandidateError: it found the candidate invalid.
    """
    arm.folder.mkdir(mode=0o700, parents=True)
    checker = declared.evaluation.checker
    kind = checker.format if isinstance(checker, CommandChecker) else "jsonl"
    out = arm.folder / out_name(kind)
    if arm.smoke and arm.cases is not None:
        arm = _shortened(arm)
    child = (
        _command(parts, declared, arm, checker=checker, out=out)
        if isinstance(checker, CommandChecker)
        else _plug_in(parts, declared, arm, kind=checker, out=out)
    )
    expect_success(child, start(parts, child))
    written = {name: out.with_name(f"{out.name}.{name}") for name in arm.controls}
    # a control that no case is for, such as gold given once, is left out by the checker
    controls = {name: read_arm(path) for name, path in written.items() if path.exists()}
    if arm.model is None:
        return Scored((), controls)
    return Scored(read_scores(out, kind, metrics=declared.evaluation.metrics), controls)


def _shortened(arm: Arm) -> Arm:
    assert arm.cases is not None  # noqa: S101 - narrowed by the caller
    # beside what the checker may write: Landlock cannot make a part of that read-only
    short = arm.folder.with_name(f"{arm.folder.name}-cases.jsonl")
    short.write_bytes(b"".join(arm.cases.read_bytes().splitlines(keepends=True)[:SMOKE_CASES]))
    return replace(arm, cases=short)


def _plug_in(parts: Parts, declared: Declared, arm: Arm, *, kind: str, out: Path) -> Child:
    needs = parts.plug_ins.needs("checker", kind, declared.evaluation.with_)
    path = _request(declared, arm, kind=kind, out=out)
    return Child(
        role="checker",
        argv=(*parts.plug_ins.child, "checker", "--request", str(path)),
        cwd=arm.folder,
        variables=devices(parts) | offline(parts),
        declared=needs.variables,
        network=needs.network,
        readable=(parts.plug_ins.package, declared.folder, *_inputs(arm)),
        writable=(arm.folder, *(() if arm.cells is None else (arm.cells,))),
        hidden=(),
        minutes=declared.spec.check.minutes,
        log=arm.folder / "check.log",
    )


def _request(declared: Declared, arm: Arm, *, kind: str, out: Path) -> Path:
    """Write what a built-in checker is asked, and make the folders that it writes to."""
    traces = arm.folder / CALLS
    traces.mkdir()
    if arm.cells is not None:
        arm.cells.mkdir(parents=True, exist_ok=True)
    request = CheckRequest(
        kind=kind,
        params=declared.evaluation.with_,
        model=arm.model,
        refs=dict(arm.refs),
        cases=arm.cases or arm.folder,
        out=out,
        controls=arm.controls,
        folder=declared.folder,
        trials=arm.trials,
        traces=traces,
        cells=arm.cells,
        seed=arm.seed,
    )
    path = arm.folder / "request.json"
    path.write_bytes(canonical(request.model_dump(mode="json")))
    return path


def _command(
    parts: Parts, declared: Declared, arm: Arm, *, checker: CommandChecker, out: Path
) -> Child:
    given = {"LOOP_MODEL": arm.model, "LOOP_CASES": arm.cases}
    return Child(
        role="checker",
        argv=checker.command,
        cwd=declared.folder / checker.cwd,
        variables={name: str(path) for name, path in given.items() if path is not None}
        | devices(parts)
        | {"LOOP_SPLIT": arm.split, "LOOP_OUT": str(out)}
        | {"LOOP_SEED": str(arm.seed), "LOOP_REP": str(arm.rep)}
        | ({"LOOP_SMOKE": "1"} if arm.smoke else {}),
        declared=checker.env,
        network=checker.network,
        readable=(parts.repo.top, *_inputs(arm)),
        writable=(arm.folder,),
        hidden=(parts.repo.common_dir, parts.repo.top / "state"),
        minutes=declared.spec.check.minutes,
        log=arm.folder / "check.log",
    )


def _inputs(arm: Arm) -> tuple[Path, ...]:
    return tuple(path for path in (arm.model, arm.cases, *arm.refs.values()) if path is not None)
