"""`study`: a maker's comparisons on train and dev, run in a child as a make is."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from runner.core.canonical import canonical
from runner.core.errors import LoopError
from runner.core.problem import suggestion
from runner.core.progress import Progress
from runner.core.request import MOST_SEEDS, Studied, StudyRequest
from runner.core.row import Row
from runner.evals.split import jsonl
from runner.iteration.child import Child, CrashError, devices, expect_success, offline, start
from runner.iteration.parts import Declared, Parts
from runner.spec.merge import merge_params
from runner.spec.model import PlugInMake
from runner.wiring.child import STUDIED
from runner.wiring.declare import declare
from runner.wiring.house import House, parts_of
from runner.wiring.look import row
from runner.wiring.table import MAKERS


class StudyError(LoopError):
    """A study that the loop's maker does not have, or that went wrong."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be studied.

    Attributes:
        study: Its name.
        hypothesis: Id of the hypothesis whose `with` it is made with; None for `make.with` alone.
        seeds: Trainings behind each number.
        out: Folder that takes its files; None for one below `LOOP_HOME`.
    """

    study: str
    hypothesis: str | None = None
    seeds: int = 1
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a study found, and where its files lie."""

    studied: Studied
    folder: Path


def study(house: House, name: str, wish: Wish, *, progress: Progress) -> Found:
    """Make a study of a loop; nothing is recorded, and the held-out split is not looked at.

    Raises:
        StudyError: the maker has no such study, there is no such hypothesis, or it failed.
        LoopError: the loop is malformed, has no baseline, or a candidate is not on this machine.
    """
    declared = declare(house.repo.top, name)
    make = _maker(declared, wish)
    params = _params(declared, make, wish.hypothesis)
    parts = parts_of(house, declared, progress=progress, publish=False)
    kept = _kept(house, parts, name)
    folder = wish.out or _own(house, f"{name}-{wish.study}")
    inputs = _fresh(folder)
    request = StudyRequest(
        kind=make.kind,
        study=wish.study,
        params=params,
        check=declared.evaluation.with_,
        folder=declared.folder,
        candidates={each.number: _copied(parts, each, inputs) for each in kept},
        train=_split(declared, "train", inputs),
        dev=_split(declared, "dev", inputs),
        out=folder,
        cache=parts.cache / make.kind,
        seed=declared.spec.seed,
        seeds=wish.seeds,
    )
    progress.note(f"study {wish.study} of {name}")
    _run(parts, declared, request, make=make)
    return Found(Studied.model_validate_json((folder / STUDIED).read_bytes()), folder)


def _maker(declared: Declared, wish: Wish) -> PlugInMake:
    make, name = declared.spec.make, declared.spec.loop
    studies = MAKERS[make.kind].studies if isinstance(make, PlugInMake) else None
    if not isinstance(make, PlugInMake) or not studies:
        raise StudyError(f"loop {name}: its maker has no studies")
    if wish.study not in studies:
        known = suggestion(wish.study, tuple(studies))
        raise StudyError(f'no study "{wish.study}" among {", ".join(studies)}{known}')
    if wish.seeds > MOST_SEEDS:
        raise StudyError(f"{wish.seeds} seeds are too many; name {MOST_SEEDS} or fewer")
    return make


def _params(declared: Declared, make: PlugInMake, hypothesis: str | None) -> dict[str, Any]:
    if hypothesis is None:
        return dict(make.with_)
    known = {each.id: each for each in declared.spec.hypotheses}
    if hypothesis not in known:
        near = suggestion(hypothesis, tuple(known))
        raise StudyError(f'loop {declared.spec.loop} has no hypothesis "{hypothesis}"{near}')
    return merge_params(make.with_, known[hypothesis].with_)


def _own(house: House, name: str) -> Path:
    """Return the folder of a study below `LOOP_HOME`, without what the last one left there."""
    folder = house.home / "studies" / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _fresh(folder: Path) -> Path:
    """Return a new folder for the study's inputs, below where its files go."""
    inputs = folder / "inputs"
    try:
        if folder.exists() and any(folder.iterdir()):
            raise StudyError(f"{folder} is not empty; name a new folder")
        inputs.mkdir(parents=True)
    except OSError as err:
        raise StudyError(f"{folder}: {err.strerror}; name a folder that you may write") from err
    return inputs


def _kept(house: House, parts: Parts, name: str) -> list[Row]:
    """Return the last baseline and what was accepted since; their candidates are here."""
    last = row(house, name, None)
    rows = [row(house, name, number) for number in range(last.number + 1)]
    bases = [each.number for each in rows if each.verdict == "baseline"]
    if not bases:
        raise StudyError(f"loop {name} has no baseline yet; git-loop run {name} makes one")
    kept = [each for each in rows[bases[-1] :] if each.verdict in {"baseline", "accept"}]
    for each in kept:
        if not parts.store.has(candidate := each.candidate or ""):
            raise StudyError(
                f"candidate {candidate[:12]} of row {each.number} is not on this machine; study "
                "where it was made"
            )
    return kept


def _copied(parts: Parts, found: Row, inputs: Path) -> Path:
    into = inputs / f"row-{found.number}"
    parts.store.checkout(found.candidate or "", into)
    return into


def _split(declared: Declared, name: Literal["train", "dev"], inputs: Path) -> Path:
    files = declared.evaluation.files(name)
    if not files:
        raise StudyError(f"eval {declared.evaluation.eval} has no {name} cases to study on")
    into = inputs / f"{name}.jsonl"
    into.write_bytes(
        b"".join(jsonl((declared.folder / each).read_bytes(), path=each) for each in files)
    )
    return into


def _run(parts: Parts, declared: Declared, request: StudyRequest, *, make: PlugInMake) -> None:
    needs = parts.plug_ins.needs("checker", str(declared.evaluation.checker), request.check)
    request.cache.mkdir(parents=True, exist_ok=True)
    path = request.out / "request.json"
    path.write_bytes(canonical(request.model_dump(mode="json")))
    child = Child(
        role="study",
        argv=(*parts.plug_ins.child, "study", "--request", str(path)),
        cwd=request.out,
        variables=devices(parts, make.gpus) | offline(parts),
        declared=tuple(dict.fromkeys((*make.env, *needs.variables))),
        network=make.network if needs.network == "none" else needs.network,
        readable=(parts.plug_ins.package, request.out, request.folder),
        writable=(request.out, request.cache),
        hidden=(),
        minutes=make.minutes,
        log=request.out / "study.log",
    )
    try:
        expect_success(child, start(parts, child))
    except CrashError as err:
        raise StudyError(f"{err}; {child.log} has the rest") from err
