"""The inside of a built-in child's process: one request file in, files out."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from runner.core.canonical import canonical
from runner.core.errors import InvalidCandidateError, LoopError
from runner.core.file import write_atomic
from runner.core.frozen import Frozen
from runner.core.request import (
    CheckRequest,
    Made,
    MakeRequest,
    Proposed,
    ProposeRequest,
    Studied,
    StudyRequest,
)
from runner.core.row import Cost
from runner.core.score import CaseScore
from runner.core.trial import Score, Trial
from runner.wiring.table import CHECKERS, MAKERS, PROPOSERS, load

Request = TypeVar("Request", bound=Frozen)
REQUEST = ".request.json"
STUDIED = "studied.json"
"""What a study found, in its folder."""


def run_maker(path: Path) -> None:
    """Make the candidate that a request file asks for; the report goes beside it.

    Raises:
        LoopError: the request is malformed, or the maker cannot do its work.
    """
    request = _read(path, MakeRequest)
    plug_in = MAKERS[request.kind]
    params = load(plug_in.params).model_validate(request.params)
    made: Made = load(plug_in.run)(request, params)
    report = path.with_name(path.name.removesuffix(REQUEST) + ".made.json")
    report.write_bytes(canonical(made.model_dump(mode="json")))


def run_study(path: Path) -> None:
    """Make the study that a request file asks for; what it found goes into its `out`.

    Raises:
        LoopError: the request is malformed, or the study cannot be made.
    """
    request = _read(path, StudyRequest).model_copy(update={"environ": dict(os.environ)})
    plug_in = MAKERS[request.kind]
    params = load(plug_in.params).model_validate(request.params)
    found: Studied = load(plug_in.studies[request.study])(request, params)
    write_atomic(request.out / STUDIED, canonical(found.model_dump(mode="json")))


def run_proposer(path: Path) -> None:
    """Edit the surface as a request file asks; the report goes beside it.

    Raises:
        InvalidCandidateError: the proposal is at fault.
        LoopError: the request is malformed, or the proposer cannot do its work.
    """
    request = _read(path, ProposeRequest).model_copy(update={"environ": dict(os.environ)})
    plug_in = PROPOSERS[request.kind]
    params = load(plug_in.params).model_validate(request.params)
    report = path.with_name(path.name.removesuffix(REQUEST) + ".made.json")
    try:
        with _port(request) as score:
            proposed: Proposed = load(plug_in.run)(request, params, score)
    except InvalidCandidateError as err:
        told = Proposed(cost=getattr(err, "cost", Cost()))  # what was asked in vain was charged
        report.write_bytes(canonical(told.model_dump(mode="json")))
        raise
    report.write_bytes(canonical(proposed.model_dump(mode="json")))


@contextmanager
def _port(request: ProposeRequest) -> Iterator[Score | None]:
    """Give what scores surfaces on train cases; its model is opened when it is first asked."""
    target = CHECKERS[request.checker].score if request.checker else None
    if request.checker is None or target is None:
        yield None
        return
    params = load(CHECKERS[request.checker].params).model_validate(request.check)
    opened: list[Score] = []
    with ExitStack() as stack:

        def score(
            surface: Mapping[str, str], cases: Sequence[Mapping[str, Any]]
        ) -> Sequence[Trial]:
            if not opened:
                port = load(target)(
                    params,
                    folder=request.folder or request.tree,
                    environ=request.environ,
                    cells=request.ckpt / "cells",
                )
                opened.append(stack.enter_context(port))
            return opened[0](surface, cases)

        yield score


def run_checker(path: Path) -> None:
    """Score the arm, and the controls, that a request file asks for.

    Raises:
        LoopError: the request is malformed, or the checker cannot do its work.
    """
    request = _read(path, CheckRequest).model_copy(update={"environ": dict(os.environ)})
    plug_in = CHECKERS[request.kind]
    params = load(plug_in.params).model_validate(request.params)
    if request.controls and plug_in.controls:
        for name, scores in load(plug_in.controls)(request, params).items():
            _write(request.out.with_name(f"{request.out.name}.{name}"), scores)
    if request.model is not None:
        _write(request.out, load(plug_in.run)(request, params))


def generate(
    kind: str, declaration: bytes, n: int, seed: bytes, slices: tuple[str, ...]
) -> list[dict[str, object]]:
    """Draw held-out cases with a checker's generator.

    Raises:
        LoopError: the checker has none, or the declaration is malformed.
    """
    target = CHECKERS[kind].generate
    if target is None:
        raise LoopError(f"checker {kind} cannot generate cases; name a file instead")
    cases: list[dict[str, object]] = load(target)(declaration, n=n, seed=seed, slices=slices)
    return cases


def _read(path: Path, model: type[Request]) -> Request:
    try:
        return model.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as err:
        raise LoopError(f"{path}: not a request of this version: {err}") from err


def _write(path: Path, scores: Iterable[CaseScore]) -> None:
    with path.open("wb") as file:
        for score in scores:
            file.write(canonical(score.model_dump(mode="json")))
