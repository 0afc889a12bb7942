"""The judge checker: answers compared with a reference by a model that sees nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from runner.checkers.judge.case import Case, read_cases
from runner.checkers.judge.court import Court, Matter, open_court
from runner.checkers.judge.errors import JudgeError
from runner.checkers.judge.params import Params, needs
from runner.core.chat import ChatResponse
from runner.core.errors import LoopError
from runner.core.request import CheckRequest
from runner.core.score import CaseScore
from runner.core.trial import Trial
from runner.lm.error import LmError
from runner.lm.task.decoding import drawn
from runner.lm.task.surface import bodies
from runner.lm.task.trace import Traces

CONTROLS = ("reference", "empty")


def check(request: CheckRequest, params: Params) -> Iterator[CaseScore]:
    """Let the candidate answer every case, and the judge compare each answer with the reference.

    The judge is shown both in both orders. `win` is 1 where the answer is found better both times,
    0 where the reference is, and 0.5 for ties and for verdicts that change with the order; `flips`
    is 1 where they do (position bias, fewer is better), and `first` how often the place shown
    first won (0.5 is unbiased). Cases of the slice `calibration` bring a pair that a person
    compared; they have `judge_agreement` instead of `win`, which no candidate can change.

    The judge is sent the input, both answers and the criterion: no instructions of the candidate,
    nobody's reasons, nothing that says which arm it is.

    Raises:
        MalformedError: cases that cannot be asked or compared.
        InvalidCandidateError: the candidate's instructions are missing or broken.
        JudgeError: no model in the request.
        LmError: a model cannot be asked, or no case got a verdict.
    """
    if request.model is None:
        raise JudgeError("the request names no model; a candidate's instructions are needed")
    cases = read_cases(request.cases)
    told = bodies(request.model, params.prompt, [case.fold for case in cases])
    secrets = [request.environ.get(name, "") for name in needs(params).variables]
    with _court(request, params) as court:
        found = court.trials(cases, told, traces=Traces(request.traces, secrets))
        trials = _some(list(found))
    if request.trials is not None:
        _write(request.trials, trials)
    yield from (trial.score for trial in trials)


def controls(request: CheckRequest, params: Params) -> dict[str, list[CaseScore]]:
    """Score the floor and ceiling rows that the request names, on cases with a reference.

    `reference` compares each reference with itself, which must tie: 0.5. `empty` answers without
    instructions.

    Raises:
        JudgeError: an unknown control, or one that cannot be scored, by name.
        MalformedError: cases that cannot be asked or compared.
    """
    for name in request.controls:
        if name not in CONTROLS:
            known = ", ".join(CONTROLS)
            raise JudgeError(f"control {name!r} is unknown; judge has {known}")
    cases = [case for case in read_cases(request.cases) if case.pair is None]
    rows: dict[str, list[CaseScore]] = {}
    for name in request.controls:
        try:
            with _court(request, params) as court:
                rows[name] = [trial.score for trial in _some(_control(name, court, cases))]
        except LoopError as err:
            raise JudgeError(f"control {name} cannot be scored: {err}") from err
    return rows


def _control(name: str, court: Court, cases: Sequence[Case]) -> list[Trial | None]:
    if name == "empty":
        return list(court.trials(cases, [""] * len(cases), traces=Traces(None)))
    matters = [Matter(case, ChatResponse(text=case.reference)) for case in cases]
    return court.weighed(matters, traces=Traces(None))


def _some(trials: Sequence[Trial | None]) -> list[Trial]:
    """Return the trials that there are.

    Raises:
        LmError: there is none.
    """
    found = [trial for trial in trials if trial is not None]
    if not found:
        text = f"none of {len(trials)} cases got a verdict; the traces say why"
        raise LmError(text)
    return found


def _write(path: Path, trials: Sequence[Trial]) -> None:
    """Write what the candidate answered; it has no part in calibration cases."""
    own = (trial for trial in trials if "win" in trial.score.metrics)
    path.write_bytes(b"".join(trial.model_dump_json().encode() + b"\n" for trial in own))


def _court(request: CheckRequest, params: Params) -> AbstractContextManager[Court]:
    decoding = {
        "decoding": drawn(params.decoding, request.seed),
        "judge_decoding": drawn(params.judge_decoding, request.seed),
    }
    return open_court(
        params.model_copy(update=decoding),
        folder=request.folder or request.cases.parent,
        environ=request.environ,
        cells=request.cells,
    )
