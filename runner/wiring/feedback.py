"""What people shipped instead of what a model proposed: cases for the next proposal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.checkers.agreement.agreement import field_scores, similarity, weighted_mean
from runner.checkers.agreement.case import prepared
from runner.checkers.agreement.params import Params
from runner.checkers.agreement.score import read
from runner.core.build import MisfitError
from runner.core.canonical import canonical, digest
from runner.core.errors import LoopError
from runner.core.file import write_atomic
from runner.core.problem import dotted
from runner.evals.model import FEEDBACK
from runner.evals.split import Case, text_key
from runner.spec.model import EvalCheck, Spec
from runner.wiring.data import EvalData, open_eval
from runner.wiring.declare import declare

SLICE = "feedback"
MOST_BYTES = 1 << 20


class FeedbackError(LoopError):
    """Feedback that cannot become a case."""


@dataclass(frozen=True, slots=True)
class Added:
    """What was added.

    Attributes:
        path: The file, relative to the repository.
        case: The new case's id.
        agreement: How far what was proposed agrees with what was shipped, in [0, 1]; None where
            nothing was proposed or the checker has no such measure.
        cases: How many the file holds now.
        closed: Held-out sources whose key is not here, which it was not compared with.
    """

    path: str
    case: str
    agreement: float | None
    cases: int
    closed: tuple[str, ...] = ()


def add(
    root: Path, loop: str, *, asked: str, shipped: str, proposed: str | None, name: str | None
) -> Added:
    """Append a case to the eval's feedback file; the person commits it.

    Args:
        root: The repository's work tree.
        loop: The loop that it is feedback for.
        asked: What the model was given: a text, or JSON as the eval's other inputs are.
        shipped: What the person used in the end.
        proposed: What the model had answered.
        name: The case's id; None makes one of the input.

    Raises:
        FeedbackError: the eval takes none, the case is there already or held out, or the label is
            none that the eval compares.
    """
    data = _eval(root, declare(root, loop).spec)
    path = data.folder / FEEDBACK
    case = _case(data, asked=asked, shipped=shipped, proposed=proposed, name=name)
    _refuse_known(data, case)
    before = path.read_bytes() if path.is_file() else b""
    before += b"" if before.endswith(b"\n") or not before else b"\n"
    write_atomic(path, before + canonical(case))
    return Added(
        path=path.relative_to(root).as_posix(),
        case=case["id"],
        agreement=_agreement(data, shipped=case["label"], proposed=proposed),
        cases=len(before.splitlines()) + 1,
        closed=data.closed,
    )


def text_of(path: Path, *, flag: str) -> str:
    """Read one of the texts.

    Raises:
        FeedbackError: it cannot be read, is too large, or is no text.
    """
    try:
        found = path.read_bytes()
    except OSError as err:
        raise FeedbackError(f"{flag}: {path}: {err.strerror}") from err
    if len(found) > MOST_BYTES:
        raise FeedbackError(f"{flag}: {path} is larger than {MOST_BYTES >> 20} MiB")
    try:
        return found.decode()
    except UnicodeDecodeError as err:
        raise FeedbackError(f"{flag}: {path} is not UTF-8 text") from err


def _eval(root: Path, spec: Spec) -> EvalData:
    if not isinstance(spec.check, EvalCheck):
        raise FeedbackError(
            f"the check of loop {spec.loop} is a command, which keeps its own cases"
        )
    data = open_eval(root, spec.check.eval)
    if not data.declared.files("train"):
        raise FeedbackError(
            f"eval {data.declared.eval} has no train cases that feedback could join; give it some"
        )
    kind = data.declared.checker
    if isinstance(kind, str) and kind != "agreement":
        raise FeedbackError(f"checker {kind} compares no answer with a label; agreement does")
    return data


def _case(
    data: EvalData, *, asked: str, shipped: str, proposed: str | None, name: str | None
) -> dict[str, Any]:
    given = _input(data, asked)
    if name is not None and not (name.strip() and name.isprintable()):
        raise FeedbackError(f"--id: expected printable characters, got {name!a}")
    found: dict[str, Any] = {
        "id": name or f"{SLICE}:{digest(canonical(given))[:12]}",
        "slices": [SLICE],
        "input": given,
        "label": _label(data, shipped),
    }
    _refuse_incomparable(data, found)
    return found if proposed is None else found | {"proposed": proposed}


def _refuse_incomparable(data: EvalData, case: Mapping[str, Any]) -> None:
    if data.declared.checker == "agreement":
        try:
            prepared(case, Params.model_validate(data.declared.with_))
        except MisfitError as err:
            first = err.complaints[0]
            raise FeedbackError(f"{dotted(first.pointer)}: {first.text}") from err


def _input(data: EvalData, asked: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the input as the eval's other cases have theirs: a text, or JSON."""
    if not asked.strip():
        raise FeedbackError("--input: empty; expected what the model was given")
    known = [case.data.get("input") for held in data.splits for case in held.cases]
    if all(isinstance(each, str) for each in known):
        return asked
    return _json(asked, flag="--input")


def _label(data: EvalData, shipped: str) -> Any:  # noqa: ANN401 - any JSON value
    fields = _fields(data)
    if not fields:
        return shipped
    label = _json(shipped, flag="--shipped")
    if not isinstance(label, dict) or not set(label) <= set(fields):
        known = ", ".join(fields)
        raise FeedbackError(f"--shipped: expected one JSON object with the fields {known}")
    return label


def _json(text: str, *, flag: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        found = json.loads(text)
        canonical(found)  # what no file of cases can hold: NaN, half of a surrogate pair
    except (ValueError, RecursionError) as err:
        raise FeedbackError(f"{flag}: not JSON: {err}") from err
    return found


def _fields(data: EvalData) -> tuple[str, ...]:
    with_ = data.declared.with_
    return tuple(name for kind in ("categorical", "array", "text") for name in with_.get(kind, ()))


def _refuse_known(data: EvalData, case: Mapping[str, Any]) -> None:
    asked = text_key(Case(id=case["id"], line=0, slices=(), data=case))
    for held in (*data.splits, *data.heldout):
        hidden = held in data.heldout
        for each in held.cases:
            if asked == text_key(each):
                told = "is held out" if hidden else f"is case {each.id} of {held.name} already"
                raise FeedbackError(f"this input {told}; a case stands in one split only")
            if each.id == case["id"]:
                raise FeedbackError(f"--id: {each.id} is a case of {held.name}; choose another")


def _agreement(data: EvalData, *, shipped: object, proposed: str | None) -> float | None:
    if proposed is None or data.declared.checker != "agreement":
        return None
    params = Params.model_validate(data.declared.with_)
    answer = read(proposed, params)
    if answer is None:
        return 0.0
    if isinstance(answer, str) or not isinstance(shipped, dict):
        return similarity(answer, shipped)
    return weighted_mean(field_scores(answer, shipped, params), params.weights)
