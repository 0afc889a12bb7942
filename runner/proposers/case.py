"""Train cases as the working parent answered them, and how well."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from runner.core.errors import LoopError
from runner.core.problem import shown
from runner.core.request import ProposeRequest
from runner.core.row import Cost
from runner.core.score import cost_of
from runner.core.trial import Score, Trial
from runner.proposers.edit import Files
from runner.proposers.history import History


@dataclass(frozen=True, slots=True)
class Scale:
    """How a trial's metrics are read.

    Attributes:
        primary: The metric that counts, without a slice.
        lower: Metrics of which less is better.
    """

    primary: str
    lower: frozenset[str] = frozenset()

    def grade(self, trial: Trial) -> float:
        """Return how good a trial is, from 0 to 1, higher is better; a failed one is 0.

        Raises:
            LoopError: the primary is missing, or is no fraction.
        """
        if trial.score.failed:
            return 0.0
        value = trial.score.metrics.get(self.primary)
        if value is None or not 0 <= value <= 1:
            found = "is missing" if value is None else f"is {value:g}"
            raise LoopError(
                f"the primary {self.primary} of case {shown(trial.score.case)} {found}; "
                "a proposer needs a fraction from 0 to 1"
            )
        return self._turned(self.primary, value)

    def fractions(self, trial: Trial) -> dict[str, float]:
        """Return the metrics that are fractions, turned so that higher is better."""
        return {
            name: self._turned(name, value)
            for name, value in sorted(trial.score.metrics.items())
            if 0 <= value <= 1
        }

    def weakness(self, trial: Trial) -> str:
        """Name what kind of failure a trial is: `failed`, or its worst metric but the primary."""
        if trial.score.failed:
            return "failed"
        found = self.fractions(trial)
        parts = [name for name in found if name != self.primary]
        return min(parts, key=lambda name: found[name], default=self.primary)

    def _turned(self, name: str, value: float) -> float:
        return 1 - value if name in self.lower else value


def scale_of(history: History) -> Scale:
    """Return the scale that a plan declares."""
    lower = frozenset(name for name, way in history.directions.items() if way == "min")
    return Scale(history.primary.partition("@")[0], lower)


def case_input(trial: Trial) -> str:
    """Return a case's input as the task model saw it: a text as it is, anything else as JSON."""
    rest = {key: value for key, value in trial.case.items() if key not in _BOOKKEEPING}
    asked = trial.case.get("input", rest)
    return asked if isinstance(asked, str) else json.dumps(asked, ensure_ascii=False, indent=1)


def read_cases(request: ProposeRequest) -> tuple[dict[str, Any], ...]:
    """Return the train cases in file order; none where the eval has no train split.

    Raises:
        LoopError: the file is not the JSONL that the engine writes.
    """
    if request.train is None:
        return ()
    cases = [_object(line, request.train) for line in _lines(request.train)]
    return tuple(cases)


def read_trials(request: ProposeRequest) -> tuple[Trial, ...]:
    """Return the working parent's trials on train cases; none where they are unknown.

    Raises:
        LoopError: the file is not the JSONL that a checker writes.
    """
    if request.trials is None:
        return ()
    try:
        return tuple(Trial.model_validate_json(line) for line in _lines(request.trials))
    except ValidationError as err:
        raise LoopError(f"{request.trials}: not the trials of a checker: {err}") from err


@dataclass(frozen=True, slots=True)
class Seen:
    """The working parent's trials, and what it cost to learn of them."""

    trials: tuple[Trial, ...]
    cost: Cost = field(default_factory=Cost)


def seen_trials(request: ProposeRequest, files: Files, score: Score | None) -> Seen:
    """Return the working parent's trials, asked for anew where they are unknown.

    Raises:
        LoopError: there are none, and nothing to make them of.
        LmError: the model does not answer.
    """
    found = read_trials(request)
    if found:
        return Seen(found)
    cases = read_cases(request)
    if not cases:
        raise LoopError(f"{request.kind} learns from train cases; give the eval a train split")
    if score is None:
        raise LoopError(
            f"{request.kind} learns from the working parent's trials on train cases, and there are "
            "none; use a built-in checker that keeps them"
        )
    made = tuple(score(files, cases))
    return Seen(made, cost_of(trial.score for trial in made))


def worst_of_each(trials: Iterable[Trial], scale: Scale) -> tuple[Trial, ...]:
    """Return one trial per case, that of its worst repetition, by case id."""
    worst: dict[str, Trial] = {}
    for trial in trials:
        known = worst.get(trial.score.case)
        if known is None or scale.grade(trial) < scale.grade(known):
            worst[trial.score.case] = trial
    return tuple(worst[case] for case in sorted(worst))


def slices_of(case: Mapping[str, Any]) -> Sequence[str]:
    """Return the slices of a case as it stands in the split."""
    return case.get("slices") or ()


_BOOKKEEPING = frozenset({"id", "slices", "cluster", "label"})


def _lines(path: Path) -> list[bytes]:
    try:
        return [line for line in path.read_bytes().split(b"\n") if line.strip()]
    except OSError as err:
        raise LoopError(f"{path} cannot be read ({err.strerror})") from err


def _object(line: bytes, path: Path) -> dict[str, Any]:
    try:
        case = json.loads(line)
    except ValueError as err:
        raise LoopError(f"{path}: not JSONL: {err}") from err
    if not isinstance(case, dict) or not isinstance(case.get("id"), str):
        raise LoopError(f"{path}: expected one case with an id per line, got {shown(case)}")
    return case
