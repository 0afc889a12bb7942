"""The port with which a proposer scores candidates on train cases."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner.checkers.agreement.ask import Desk, Order, Unanswered
from runner.checkers.agreement.case import Case, prepared
from runner.checkers.agreement.prompt import Prompt, prompt
from runner.checkers.agreement.score import metrics_of
from runner.core.errors import InvalidCandidateError
from runner.core.score import CaseScore
from runner.core.trial import Trial
from runner.lm.task.surface import chosen, instructions
from runner.lm.task.trace import Traces

_MOST = 64
"""Prompts that are remembered; a search scores few candidates at a time."""


class Port:
    """Answers and scores cases under any instructions, with a model that stays open.

    Unlike an arm it knows no `kappa`, which says nothing of a handful of cases.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._cases: dict[str, Case] = {}
        self._prompts: dict[str, Prompt] = {}

    def score(self, surfaces: Mapping[str, str], cases: Sequence[Mapping[str, Any]]) -> list[Trial]:
        """Return one trial per case, in their order.

        On instructions that are broken every case is a failed trial, whose correction says what
        is wrong with them.

        Args:
            surfaces: The candidate's files, path to text.
            cases: Cases of the train split.

        Raises:
            MisfitError: a case that cannot be asked or compared.
            SurfaceError: several files, and none is declared.
            LmError: the model cannot be asked, or left a case unanswered.
        """
        asked = [self._case(case) for case in cases]
        try:
            told = self._prompt(surfaces)
        except InvalidCandidateError as err:
            return [self._broken(case, str(err)) for case in asked]
        orders = [Order(case=case, prompt=told) for case in asked]
        trials = []
        for outcome in self._desk.outcomes(orders, traces=Traces(None)):
            if isinstance(outcome, Unanswered):
                raise outcome.error
            trials.append(outcome)
        return trials

    def _case(self, data: Mapping[str, Any]) -> Case:
        known = self._cases.get(data["id"])
        if known is None or known.data != data:
            known = self._cases[data["id"]] = prepared(data, self._desk.params)
        return known

    def _prompt(self, surfaces: Mapping[str, str]) -> Prompt:
        path = chosen(surfaces, self._desk.params.prompt)
        text = surfaces[path]
        if text not in self._prompts:
            if len(self._prompts) >= _MOST:
                self._prompts.clear()
            self._prompts[text] = prompt(instructions(text, path=path), self._desk.params)
        return self._prompts[text]

    def _broken(self, case: Case, why: str) -> Trial:
        metrics = (
            {"safe": 0.0}
            if case.attack is not None
            else metrics_of(None, case.label, self._desk.params, chars=0)
        )
        score = CaseScore(
            case=case.id, slices=case.slices, cluster=case.cluster, metrics=metrics, failed=True
        )
        return Trial(case=case.data, score=score, output="", correction=why)
