"""The agreement checker: cases answered under one candidate's instructions, or under a control."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from runner.checkers.agreement.arm import answered
from runner.checkers.agreement.ask import Desk, open_desk
from runner.checkers.agreement.case import Case, read_cases
from runner.checkers.agreement.control import majority, teacher
from runner.checkers.agreement.errors import AgreementError
from runner.checkers.agreement.params import Params, needs
from runner.checkers.agreement.port import Port
from runner.core.errors import LoopError
from runner.core.request import CheckRequest
from runner.core.score import CaseScore
from runner.core.trial import Score
from runner.lm.task.decoding import drawn
from runner.lm.task.surface import blanked, bodies
from runner.lm.task.trace import Traces

CONTROLS = ("empty", "placebo", "majority", "teacher")


def check(request: CheckRequest, params: Params) -> Iterator[CaseScore]:
    """Ask the model every case under the candidate's instructions, and score the answers.

    A case that was not answered after every retry is left out; its trace keeps the error. Cases
    with labels also get `kappa`, see `kappas`. Attacks have `safe` alone: name their metric with a
    slice (`safe@attack`), lest cases on which the candidate broke count in it.

    Raises:
        MalformedError: cases that cannot be asked or compared.
        InvalidCandidateError: the candidate's instructions are missing or broken.
        AgreementError: no model in the request.
        LmError: the model cannot be asked, or left every case unanswered.
    """
    folder = _candidate(request)
    cases = read_cases(request.cases, params)
    told = bodies(folder, params.prompt, [case.fold for case in cases])
    secrets = [request.environ.get(name, "") for name in needs(params).variables]
    with _desk(request, params) as desk:
        trials = answered(desk, cases, told, traces=Traces(request.traces, secrets))
    if request.trials is not None:
        lines = (trial.model_dump_json().encode() + b"\n" for trial in trials)
        request.trials.write_bytes(b"".join(lines))
    yield from (trial.score for trial in trials)


def controls(request: CheckRequest, params: Params) -> dict[str, list[CaseScore]]:
    """Score the floor and ceiling rows that the request names, none of which changes a candidate.

    `empty` has no instructions, `placebo` the candidate's own with every word blanked; both ask
    the model. `majority` answers with the commonest label, `teacher` with the second label of the
    cases that have one; it is left out where none has.

    Raises:
        AgreementError: an unknown control, or one that cannot be scored, by name.
        MalformedError: cases that cannot be asked or compared.
    """
    for name in request.controls:
        if name not in CONTROLS:
            raise AgreementError(
                f"control {name!r} is unknown; agreement has {', '.join(CONTROLS)}"
            )
    cases = read_cases(request.cases, params)
    rows: dict[str, list[CaseScore]] = {}
    for name in request.controls:
        try:
            rows[name] = _control(name, request, cases, params)
        except LoopError as err:
            raise AgreementError(f"control {name} cannot be scored: {err}") from err
    return {name: scores for name, scores in rows.items() if scores}


@contextmanager
def scoring(
    params: Params, *, folder: Path, environ: Mapping[str, str], cells: Path | None
) -> Iterator[Score]:
    """Open the port with which a proposer scores candidates, for as long as the block runs.

    Args:
        params: The eval's `with`.
        folder: The eval's folder.
        environ: The variables that the model needs, and `LOOP_OFFLINE`.
        cells: Folder of what was answered and scored before; None to keep nothing.

    Raises:
        LmError: the model cannot be opened.
        CellError: the cells cannot be kept.
    """
    with open_desk(params, folder=folder, environ=environ, cells=cells) as desk:
        yield Port(desk).score


def _control(
    name: str, request: CheckRequest, cases: Sequence[Case], params: Params
) -> list[CaseScore]:
    if name == "majority":
        return majority(cases, params)
    if name == "teacher":
        return teacher(cases, params)
    told = [""] * len(cases)
    if name == "placebo":
        folds = [case.fold for case in cases]
        told = [blanked(body) for body in bodies(_candidate(request), params.prompt, folds)]
    with _desk(request, params) as desk:
        return [trial.score for trial in answered(desk, cases, told, traces=Traces(None))]


def _desk(request: CheckRequest, params: Params) -> AbstractContextManager[Desk]:
    decoding = drawn(params.decoding, request.seed)
    return open_desk(
        params.model_copy(update={"decoding": decoding}),
        folder=request.folder or request.cases.parent,
        environ=request.environ,
        cells=request.cells,
    )


def _candidate(request: CheckRequest) -> Path:
    if request.model is None:
        raise AgreementError("the request names no model; a candidate's instructions are needed")
    return request.model
