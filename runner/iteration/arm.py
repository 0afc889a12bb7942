"""Score one candidate on one set of cases: one checker call, blind to which arm it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from runner.checkers.arm import read_arm
from runner.core.canonical import canonical
from runner.core.request import CheckRequest
from runner.core.score import CaseScore
from runner.evals.model import CommandChecker
from runner.iteration.child import Child, expect_success, start
from runner.iteration.parts import Declared, Parts

SMOKE_CASES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What is to be scored.

    Attributes:
        model: The candidate's files; None to score only controls.
        cases: Plain JSONL; None for a foreign checker that brings its own cases.
        folder: Private folder for the request, the scores and the log; must not exist yet.
        controls: Control arms to score beside the model.
    """

    model: Path | None
    refs: Mapping[str, Path] = field(default_factory=dict)
    cases: Path | None
    split: Literal["dev", "heldout"]
    folder: Path
    seed: int
    controls: tuple[str, ...] = ()
    smoke: bool = False


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of an arm, and of the controls that were asked for."""

    scores: tuple[CaseScore, ...]
    controls: Mapping[str, tuple[CaseScore, ...]]


def score_arm(parts: Parts, declared: Declared, arm: Arm) -> Scored:
    """Run the eval's checker on one arm.

    Raises:
        CrashError: the checker ended badly.
        ArmError: it wrote no usable scores.
        InvalidCandidateError: it found the candidate invalid.
    """
    arm.folder.mkdir(mode=0o700, parents=True)
    out = arm.folder / "scores.jsonl"
    checker = declared.evaluation.checker
    if arm.smoke and arm.cases is not None:
        arm = _shortened(arm)
    child = (
        _command(parts, declared, arm, checker=checker, out=out)
        if isinstance(checker, CommandChecker)
        else _plug_in(parts, declared, arm, kind=checker, out=out)
    )
    expect_success(child, start(parts, child))
    controls = {name: read_arm(out.with_name(f"{out.name}.{name}")) for name in arm.controls}
    return Scored(scores=read_arm(out) if arm.model else (), controls=controls)


def _shortened(arm: Arm) -> Arm:
    assert arm.cases is not None  # noqa: S101 - narrowed by the caller
    short = arm.folder / "cases.jsonl"
    short.write_bytes(b"".join(arm.cases.read_bytes().splitlines(keepends=True)[:SMOKE_CASES]))
    return Arm(
        model=arm.model,
        refs=arm.refs,
        cases=short,
        split=arm.split,
        folder=arm.folder,
        seed=arm.seed,
        controls=arm.controls,
        smoke=True,
    )


def _plug_in(parts: Parts, declared: Declared, arm: Arm, *, kind: str, out: Path) -> Child:
    request = CheckRequest(
        kind=kind,
        params=declared.evaluation.with_,
        model=arm.model,
        refs=dict(arm.refs),
        cases=arm.cases or arm.folder,
        out=out,
        controls=arm.controls,
        seed=arm.seed,
    )
    path = arm.folder / "request.json"
    path.write_bytes(canonical(request.model_dump(mode="json")))
    return Child(
        role="checker",
        argv=(*parts.plug_ins.child, "checker", "--request", str(path)),
        cwd=arm.folder,
        variables={},
        declared=(),
        network="none",
        readable=(parts.plug_ins.package, *_inputs(arm)),
        writable=(arm.folder,),
        hidden=(),
        minutes=declared.spec.check.minutes,
        log=arm.folder / "check.log",
    )


def _command(
    parts: Parts, declared: Declared, arm: Arm, *, checker: CommandChecker, out: Path
) -> Child:
    given = {"LOOP_MODEL": arm.model, "LOOP_CASES": arm.cases}
    return Child(
        role="checker",
        argv=checker.command,
        cwd=declared.folder / checker.cwd,
        variables={name: str(path) for name, path in given.items() if path is not None}
        | {"LOOP_SPLIT": arm.split, "LOOP_OUT": str(out)}
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
