"""The checker's cases: something to answer with a reference, or a pair that a person compared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, NonNegativeInt

from runner.checkers.judge.verdict import Human
from runner.core.build import MisfitError, build
from runner.core.canonical import canonical, digest
from runner.core.frozen import Frozen
from runner.core.problem import Complaint, shown
from runner.evals.split import read_each
from runner.lm.task.prompt import said

CALIBRATION = "calibration"
"""Slice of the cases that tell how far the judge agrees with people."""

Text = Annotated[str, Field(min_length=1)]


class _Shape(Frozen):
    """What is the same in every case; further keys are the eval's own affair."""

    id: str
    slices: tuple[str, ...] = ()
    cluster: str = ""
    input: str | dict[str, Any] | list[Any]


class _Compared(_Shape):
    reference: Text
    fold: NonNegativeInt | None = None


class _Calibration(_Shape):
    a: Text
    b: Text
    human: Human


@dataclass(frozen=True, slots=True)
class Case:
    """One case, ready to be asked.

    Attributes:
        data: The case as it stands in the split.
        digest: Of all of it.
        asked: What the candidate is asked.
        reference: What its answer is compared with; "" in a calibration case.
        fold: Which fold's instructions answer it; None for the candidate's own.
        pair: Of a calibration case: the two answers that a person compared.
        human: Of a calibration case: what the person said.
    """

    id: str
    slices: tuple[str, ...]
    cluster: str
    data: dict[str, Any]
    digest: str
    asked: str
    reference: str = ""
    fold: int | None = None
    pair: tuple[str, str] | None = None
    human: Human | None = None


def read_cases(path: Path) -> tuple[Case, ...]:
    """Read the cases of a plain JSONL file, in its order.

    Raises:
        MalformedError: `cases.jsonl:line: ...` for every case that cannot be asked or compared.
    """
    return read_each(path.read_bytes(), _case, path=f"{path.stem}.jsonl")


def _case(data: Mapping[str, Any]) -> Case:
    whole = dict(data)
    try:
        known = digest(canonical(whole))
    except ValueError as err:
        raise MisfitError((Complaint(("input",), f"cannot be sent: {err}"),)) from err
    calibrates = CALIBRATION in whole.get("slices", ())
    if calibrates:
        _strays(whole, ("reference",), "a calibration case has a, b and human instead")
    else:
        _strays(whole, ("a", "b", "human"), f"belongs to a case of the slice {CALIBRATION}")
    model: type[_Compared | _Calibration] = _Calibration if calibrates else _Compared
    shape = build(model, {name: whole[name] for name in whole if name in model.model_fields})
    if isinstance(shape.input, str) and not shape.input.strip():
        text = f"expected what is asked, got {shown(shape.input)}"
        raise MisfitError((Complaint(("input",), text),))
    common = Case(
        id=shape.id,
        slices=shape.slices,
        cluster=shape.cluster,
        data=whole,
        digest=known,
        asked=said(shape.input),
    )
    if isinstance(shape, _Calibration):
        return replace(common, pair=(shape.a, shape.b), human=shape.human)
    return replace(common, reference=shape.reference, fold=shape.fold)


def _strays(data: Mapping[str, Any], names: Collection[str], hint: str) -> None:
    """Refuse keys that would be left alone, since they belong to the other kind of case."""
    found = tuple(Complaint((name,), hint) for name in names if name in data)
    if found:
        raise MisfitError(found)
