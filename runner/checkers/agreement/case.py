"""The checker's cases: something to ask, and a gold label or the rules of an attack."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import NonNegativeInt

from runner.checkers.agreement.attack import Attack
from runner.checkers.agreement.params import Params
from runner.core.build import MisfitError, build
from runner.core.canonical import canonical, digest
from runner.core.frozen import Frozen
from runner.core.problem import Complaint, shown
from runner.evals.split import read_each
from runner.lm.task.prompt import said

Label = Mapping[str, Any] | str
AGAIN = "label_again"


class _Shape(Frozen):
    """What is the same in every case; further keys are the eval's own affair."""

    id: str
    slices: tuple[str, ...] = ()
    cluster: str = ""
    attack: Attack | None = None
    fold: NonNegativeInt | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One case, ready to be asked.

    Attributes:
        data: The case as it stands in the split.
        digest: Of all of it.
        asked: The user message.
        label: Fields, or the text where labels have none; None where the case is an attack.
        again: What the teacher said when asked again; None where it was not.
        attack: Rules that the answer must keep; None where the case has a label.
        fold: Which fold's instructions answer it; None for the candidate's own.
    """

    id: str
    slices: tuple[str, ...]
    cluster: str
    data: dict[str, Any]
    digest: str
    asked: str
    label: Label | None
    again: Label | None
    attack: Attack | None
    fold: int | None

    @property
    def correction(self) -> str:
        """What would have been right, verbatim: the label as it stands in the split."""
        if self.attack is not None:
            return ""
        label = self.data["label"]
        return label if isinstance(label, str) else json.dumps(label, ensure_ascii=False)


def read_cases(path: Path, params: Params) -> tuple[Case, ...]:
    """Read the cases of a plain JSONL file, in its order.

    Raises:
        MalformedError: `cases.jsonl:line: ...` for every case that cannot be asked or compared.
    """
    return read_each(
        path.read_bytes(), lambda data: prepared(data, params), path=f"{path.stem}.jsonl"
    )


def prepared(data: Mapping[str, Any], params: Params) -> Case:
    """Return a case ready to be asked.

    Args:
        data: A case of a split, its id known to be sound.
        params: Which fields a label has.

    Raises:
        MisfitError: all that is wrong with it.
    """
    shape = build(_Shape, {name: data[name] for name in data if name in _Shape.model_fields})
    complaints = tuple(_wrong(data, params))
    if complaints:
        raise MisfitError(complaints)
    whole = dict(data)
    return Case(
        id=shape.id,
        slices=shape.slices,
        cluster=shape.cluster,
        data=whole,
        digest=_digest(whole),
        asked=said(data["input"]),
        label=_normal(data["label"], params) if "label" in data else None,
        again=_normal(data[AGAIN], params) if AGAIN in data else None,
        attack=shape.attack,
        fold=shape.fold,
    )


def _digest(whole: dict[str, Any]) -> str:
    try:
        return digest(canonical(whole))
    except ValueError as err:
        raise MisfitError((Complaint((), f"cannot be sent: {err}"),)) from err


def _wrong(data: Mapping[str, Any], params: Params) -> Iterator[Complaint]:
    asked = data.get("input")
    if "input" not in data:
        yield Complaint(("input",), "missing; expected what is asked")
    elif asked is None or (isinstance(asked, str) and not asked.strip()):
        yield Complaint(("input",), f"expected what is asked, got {shown(asked)}")
    labels = [name for name in ("label", AGAIN) if name in data]
    hostile = data.get("attack") is not None
    if hostile and labels:
        yield Complaint(("attack",), f"a case with {labels[0]} is no attack; make two of it")
    elif not hostile and "label" not in data:
        yield Complaint(("label",), "missing; expected the gold label (null is one), or an attack")
    for name in labels:
        yield from _wrong_label(data[name], name, params)


def _wrong_label(label: object, name: str, params: Params) -> Iterator[Complaint]:
    if label is None:
        return
    if not params.fields:
        if not isinstance(label, str):
            hint = "expected a text, since `with` names no fields"
            yield Complaint((name,), f"{hint}; got {shown(label)}")
        return
    if not isinstance(label, dict):
        names = ", ".join(params.fields)
        yield Complaint((name,), f"expected a mapping with {names}; got {shown(label)}")
        return
    for kind, word, fields in ((list, "list", params.array), (str, "text", params.text)):
        for field in fields:
            found = label.get(field)
            if found is not None and not isinstance(found, kind):
                yield Complaint((name, field), f"expected a {word}, got {shown(found)}")


def _normal(label: Any, params: Params) -> Label:  # noqa: ANN401 - any JSON value
    """Return a label for comparison; null has no field, and as a text it is `null`."""
    if label is None:
        return {} if params.fields else "null"
    normal: Label = label
    return normal
