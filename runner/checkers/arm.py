"""Read what a checker wrote: one line per case, ours or a foreign one's short form."""

import json
import math
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from runner.core.errors import LoopError
from runner.core.score import CaseScore

MAX_BYTES = 256 * 2**20
_KNOWN = frozenset(CaseScore.model_fields)
_LONG = 300  # digits: a few more and an integer fits in no float


class ArmError(LoopError):
    """A checker's output that is not what a checker writes."""


class InvalidCandidateError(LoopError):
    """The candidate scored NaN or an infinity: it is invalid, the checker is not."""


def read_arm(path: Path) -> tuple[CaseScore, ...]:
    """Return the scores of one arm, in the file's order.

    A line is a `CaseScore` object, or short: `{"case": "a", "score": 0.5}`, where every other
    number is a metric.

    Raises:
        ArmError: the file is missing, empty, too large, not JSON, or names a case twice.
        InvalidCandidateError: a score is not a finite number.
    """
    scores = tuple(_score(line, f"{path.name}:{n}") for n, line in _lines(path))
    if not scores:
        raise ArmError("the checker wrote no scores to $LOOP_OUT; expected one JSON line per case")
    seen: set[tuple[str, int]] = set()
    for score in scores:
        if (score.case, score.rep) in seen:
            raise ArmError(f'case "{score.case}" (rep {score.rep}) is scored twice')
        seen.add((score.case, score.rep))
    return scores


def _lines(path: Path) -> list[tuple[int, bytes]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ArmError(f"the checker wrote more than {MAX_BYTES >> 20} MiB to $LOOP_OUT")
        data = path.read_bytes()
    except FileNotFoundError as err:
        raise ArmError(
            "the checker wrote nothing to $LOOP_OUT; expected one JSON line per case"
        ) from err
    except OSError as err:
        raise ArmError(f"$LOOP_OUT cannot be read: {err.strerror}") from err
    return [(n, line) for n, line in enumerate(data.splitlines(), 1) if line.strip()]


def _score(line: bytes, where: str) -> CaseScore:
    try:
        value = json.loads(line, parse_int=_whole)
    except (ValueError, RecursionError) as err:
        raise ArmError(f"{where}: not a JSON object: {line[:60]!r}") from err
    if not isinstance(value, dict) or "case" not in value:
        raise ArmError(f'{where}: expected an object with "case" and a score')
    full = value if "metrics" in value else _expanded(value)
    _refuse_nan(full, where)
    try:
        return CaseScore.model_validate(full)
    except ValidationError as err:
        first = err.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ArmError(f"{where}: {field}: {first['msg'].lower()}") from err


def _whole(digits: str) -> float:
    """Read an integer; one too long for a float becomes an infinite one."""
    return int(digits) if len(digits) < _LONG else float(digits)


def _expanded(value: dict[str, Any]) -> dict[str, Any]:
    metrics = {
        key: float(number)
        for key, number in value.items()
        if key not in _KNOWN and isinstance(number, int | float)
    }
    known = {key: item for key, item in value.items() if key in _KNOWN}
    return {**known, "case": str(value["case"]), "metrics": metrics}


def _refuse_nan(value: dict[str, Any], where: str) -> None:
    metrics = value.get("metrics")
    if not isinstance(metrics, dict) or not metrics:
        raise ArmError(f'{where}: no score beside the case; expected a number such as "score"')
    for name, number in metrics.items():
        if isinstance(number, float) and not math.isfinite(number):
            raise InvalidCandidateError(f'{name} of case "{value["case"]}" is {number}')
