"""One arm: every case answered, and what is said of all of them together."""

from collections.abc import Sequence

from runner.checkers.agreement.agreement import category
from runner.checkers.agreement.ask import Desk, Order, Unanswered
from runner.checkers.agreement.case import Case
from runner.checkers.agreement.kappa import Pair, kappas
from runner.checkers.agreement.params import Params
from runner.checkers.agreement.prompt import prompt
from runner.checkers.agreement.score import read
from runner.core.trial import Trial
from runner.lm.error import LmError
from runner.lm.task.trace import Traces


def answered(
    desk: Desk, cases: Sequence[Case], bodies: Sequence[str], *, traces: Traces
) -> list[Trial]:
    """Answer and score the cases of an arm, in their order, but for those left unanswered.

    Args:
        desk: The model at work.
        cases: What is asked.
        bodies: The instructions of each case.
        traces: Takes a trace per case.

    Raises:
        LmError: the model cannot be asked, or left every case unanswered.
    """
    prompts = {body: prompt(body, desk.params) for body in set(bodies)}
    orders = [
        Order(case=case, prompt=prompts[body]) for case, body in zip(cases, bodies, strict=True)
    ]
    outcomes = list(desk.outcomes(orders, traces=traces))
    silent = [outcome for outcome in outcomes if isinstance(outcome, Unanswered)]
    if len(silent) == len(cases):
        raise LmError(f"none of {len(cases)} cases was answered; the first: {silent[0].error}")
    pairs = [
        (case, outcome)
        for case, outcome in zip(cases, outcomes, strict=True)
        if isinstance(outcome, Trial)
    ]
    return with_kappa([case for case, _ in pairs], [trial for _, trial in pairs], desk.params)


def with_kappa(cases: Sequence[Case], trials: Sequence[Trial], params: Params) -> list[Trial]:
    """Add `kappa` to the trials of an arm, where labels have categorical fields.

    Args:
        cases: What was asked.
        trials: One per case; attacks have no kappa.
        params: Which fields are categorical.
    """
    labelled = [n for n, case in enumerate(cases) if case.attack is None]
    if not params.categorical or not labelled:
        return list(trials)
    answers = [read(trials[n].output, params) for n in labelled]
    columns = [
        [_pair(cases[n], answer, name) for n, answer in zip(labelled, answers, strict=True)]
        for name in params.categorical
    ]
    values = dict(zip(labelled, kappas(columns), strict=True))
    return [_with(trial, values[n]) if n in values else trial for n, trial in enumerate(trials)]


def _pair(case: Case, answer: object, name: str) -> Pair:
    label = case.label if isinstance(case.label, dict) else {}
    return category(label, name), category(answer, name) if isinstance(answer, dict) else None


def _with(trial: Trial, kappa: float) -> Trial:
    metrics = {**trial.score.metrics, "kappa": kappa}
    return trial.model_copy(update={"score": trial.score.model_copy(update={"metrics": metrics})})
