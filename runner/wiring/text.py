"""What a proposer that asks a model needs of the eval beside it: told before anything is asked."""

from collections.abc import Iterator, Mapping
from typing import Any

from runner.core.problem import Complaint
from runner.evals.model import CommandChecker, Eval
from runner.spec.model import ASKING, Spec
from runner.wiring.table import CHECKERS

SAME = "same"


def text_problems(spec: Spec, declared: Eval) -> Iterator[Complaint]:
    """Yield why the proposer and the eval do not fit."""
    kind = spec.propose.kind
    if kind not in ASKING:
        return
    if not declared.files("train"):
        text = f"{kind} learns from train cases, and eval {declared.eval} has none"
        yield Complaint(("propose", "kind"), text)
    task = _task(declared)
    if _meta(spec) == SAME:
        yield from _same(task, declared)
    if kind == "gepa":
        yield from _port(spec, declared)


def decoding_problems(declared: Eval) -> Iterator[Complaint]:
    """Yield why a model's drawn answers may not be kept between looks as greedy ones are."""
    decoding = declared.with_.get("decoding")
    warm = decoding.get("temperature", 0) if isinstance(decoding, dict) else 0
    if warm and declared.decoding == "greedy":
        text = f"greedy, but with.decoding draws at temperature {warm:g}; say decoding: sampled"
        yield Complaint(("decoding",), text)


def text_notes(spec: Spec, declared: Eval) -> Iterator[Complaint]:
    """Yield what a reader should know of the two models.

    Source: the Optimisation Loops post: a proposer of the same kind as the model that it writes
    for made the edits that landed.
    """
    meta, task = _meta(spec), _task(declared)
    if spec.propose.kind in ASKING and isinstance(meta, dict) and task and meta != task:
        text = "another model than the one that answers; a model writes best for its own kind"
        yield Complaint(("propose", "with", "model"), text)


def _meta(spec: Spec) -> object:
    return spec.propose.with_.get("model", SAME)


def _task(declared: Eval) -> Mapping[str, Any] | None:
    """Return the model that the eval asks, as declared; None where it asks none."""
    model = None if isinstance(declared.checker, CommandChecker) else declared.with_.get("model")
    return model if isinstance(model, dict) else None


def _same(task: Mapping[str, Any] | None, declared: Eval) -> Iterator[Complaint]:
    at = ("propose", "with", "model")
    if task is None:
        yield Complaint(at, f"missing: eval {declared.eval} asks no model that could be the same")
    elif (file := _file_of(task)) is not None:
        where = f"evals/{declared.eval}, which no proposer reads"
        text = f"missing: {file} of the eval's model is in {where}"
        yield Complaint(at, text)


def _file_of(task: Mapping[str, Any]) -> str | None:
    """Return the file of the eval that a model needs, or None."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - few evals ask a model

    from runner.lm.build import file_of  # noqa: PLC0415 - likewise
    from runner.lm.params import Model  # noqa: PLC0415 - likewise

    return file_of(TypeAdapter[Model](Model).validate_python(task))


def _port(spec: Spec, declared: Eval) -> Iterator[Complaint]:
    kind = declared.checker
    if isinstance(kind, CommandChecker) or CHECKERS[kind].score is None:
        known = ", ".join(name for name, each in CHECKERS.items() if each.score)
        text = f"gepa scores texts by itself and needs a checker that can: {known}"
        yield Complaint(("propose", "kind"), text)
    if spec.make != "none":
        text = "gepa scores the surface as it is; set make: none"
        yield Complaint(("propose", "kind"), text)
