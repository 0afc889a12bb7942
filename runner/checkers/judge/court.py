"""Cases answered by one model and weighed by another, which knows nothing of the first."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.checkers.judge.ask import Call, Judge, Judged, Pair
from runner.checkers.judge.case import Case
from runner.checkers.judge.params import Params
from runner.checkers.judge.verdict import Ballot, agreement
from runner.core.canonical import digest
from runner.core.chat import ChatModel, ChatRequest, ChatResponse
from runner.core.score import CaseScore
from runner.core.trial import Trial
from runner.lm.build import open_model
from runner.lm.task.ask import each_answer
from runner.lm.task.cell import Cells
from runner.lm.task.decoding import in_flight
from runner.lm.task.identity import identity
from runner.lm.task.prompt import asked
from runner.lm.task.trace import Traces
from runner.trace.span import Span, verdict_span

VERSION = 1
"""Of the rules in this room: raise it when equal answers would get another score."""

_WAVE = 8  # cases per request in flight that are weighed together
_SETTING = {"criterion", "decoding", "judge_decoding"}


@dataclass(frozen=True, slots=True)
class Matter:
    """A case that is to be weighed.

    Attributes:
        answer: What the candidate, or a control, says; None in a calibration case, and where the
            candidate's model did not answer.
        calls: What was asked to get it.
    """

    case: Case
    answer: ChatResponse | None = None
    calls: tuple[Call, ...] = ()

    @property
    def pair(self) -> Pair | None:
        """What the judge compares; None where there is no answer."""
        if self.case.pair is not None:
            return Pair(self.case.data["input"], *self.case.pair)
        if self.answer is None:
            return None
        return Pair(self.case.data["input"], self.answer.text, self.case.reference)


@dataclass(frozen=True, slots=True)
class Court:
    """Both models at work.

    Attributes:
        model: Who answers.
        judge: Who compares.
        params: How both are asked.
        cells: What was answered and weighed before.
    """

    model: ChatModel
    judge: Judge
    params: Params
    cells: Cells

    def trials(
        self, cases: Sequence[Case], bodies: Sequence[str], *, traces: Traces
    ) -> Iterator[Trial | None]:
        """Answer and weigh cases in their order; None for one that is left out.

        A case is left out where a model left it unanswered, or the judge gave no verdict that
        could be read. A calibration case depends on no instructions: it is weighed once for all.

        Args:
            cases: What is asked.
            bodies: The instructions of each case.
            traces: Takes a trace per case that was asked.

        Raises:
            LmError: no request can succeed.
        """
        wave = _WAVE * in_flight(self.params.model, self.params.concurrency)
        for start in range(0, len(cases), wave):
            part = slice(start, start + wave)
            yield from self._wave(cases[part], bodies[part], traces)

    def weighed(self, matters: Sequence[Matter], *, traces: Traces) -> list[Trial | None]:
        """Let the judge compare, and score what it says; None for a case that is left out.

        Raises:
            LmError: no request can succeed.
        """
        pairs = [matter.pair for matter in matters]
        judged = iter(self.judge.compare([pair for pair in pairs if pair is not None]))
        return [
            _weigh(matter, None if pair is None else next(judged), traces)
            for matter, pair in zip(matters, pairs, strict=True)
        ]

    def _wave(
        self, cases: Sequence[Case], bodies: Sequence[str], traces: Traces
    ) -> Iterator[Trial | None]:
        told = [
            "" if case.pair is not None else body for case, body in zip(cases, bodies, strict=True)
        ]
        keys = [digest(body.encode()) for body in told]
        kept = [self.cells.get(key, case.digest) for key, case in zip(keys, cases, strict=True)]
        fresh = [n for n, trial in enumerate(kept) if trial is None]
        matters = self._answered([(cases[n], told[n]) for n in fresh])
        weighed = dict(zip(fresh, self.weighed(matters, traces=traces), strict=True))
        for n, case in enumerate(cases):
            trial = kept[n] or weighed.get(n)
            if trial is not None and kept[n] is None:
                self.cells.put(keys[n], case.digest, trial)
            if trial is not None and kept[n] is not None and traces.folder is not None:
                traces.write(case.id, self._again(case, told[n], trial))
            yield trial

    def _answered(self, told: Sequence[tuple[Case, str]]) -> list[Matter]:
        requests = [self._request(case, body) for case, body in told if case.pair is None]
        at_once = in_flight(self.params.model, self.params.concurrency)
        answers = each_answer(self.model, requests, concurrency=at_once)
        calls = (
            Call(self.model, request, answer)
            for request, answer in zip(requests, answers, strict=True)
        )
        return [
            _matter(case, next(calls)) if case.pair is None else Matter(case) for case, _ in told
        ]

    def _request(self, case: Case, body: str) -> ChatRequest:
        return asked(body, case.asked, decoding=self.params.decoding)

    def _again(self, case: Case, body: str, trial: Trial) -> list[Span]:
        """Return the trace of a case that was weighed before."""
        last = verdict_span(trial.score, correction=trial.correction)
        if case.pair is not None:
            return [last]
        answer = ChatResponse(text=trial.output, reasoning=trial.reasoning)
        return [Call(self.model, self._request(case, body), answer).span, last]


@contextmanager
def open_court(
    params: Params, *, folder: Path, environ: Mapping[str, str], cells: Path | None
) -> Iterator[Court]:
    """Open both models and the cells for as long as the block runs.

    Raises:
        LmError: a model cannot be opened.
        CellError: the cells cannot be kept.
    """
    setting = {
        "kind": "judge",
        "version": VERSION,
        "model": identity(params.model, folder=folder),
        "judge": identity(params.judge, folder=folder),
        "params": params.model_dump(mode="json", include=_SETTING),
    }
    with (
        open_model(params.model, folder=folder, environ=environ) as model,
        open_model(params.judge, folder=folder, environ=environ) as judge,
        Cells(cells, setting=setting) as kept,
    ):
        at_once = in_flight(params.judge, params.concurrency)
        yield Court(
            model, Judge(judge, params.criterion, params.judge_decoding, at_once), params, kept
        )


def _matter(case: Case, call: Call) -> Matter:
    answer = call.answer if isinstance(call.answer, ChatResponse) else None
    return Matter(case, answer, (call,))


def _weigh(matter: Matter, judged: Judged | None, traces: Traces) -> Trial | None:
    """Score a matter and write its trace; None where there is no verdict to score."""
    calls = matter.calls + (judged.calls if judged is not None else ())
    metrics = _metrics(matter, judged.ballot if judged is not None else None)
    answer = matter.answer or ChatResponse(text="")
    trial = Trial(
        case=matter.case.data,
        score=_score(matter.case, calls, metrics),
        output=answer.text,
        reasoning=answer.reasoning,
        correction=matter.case.reference,
    )
    if traces.folder is not None:
        error = "" if metrics else _why(calls)
        last = verdict_span(trial.score, correction=trial.correction, error=error)
        traces.write(matter.case.id, [*(call.span for call in calls), last])
    return trial if metrics else None


def _metrics(matter: Matter, ballot: Ballot | None) -> dict[str, float]:
    if ballot is None:
        return {}
    bias = {"flips": ballot.flips, "first": ballot.first}
    if matter.case.human is not None:
        return {"judge_agreement": agreement(ballot, matter.case.human), **bias}
    chars = len(matter.answer.text) if matter.answer is not None else 0
    return {"win": ballot.settled, **bias, "answer_chars": float(chars)}


def _score(case: Case, calls: Sequence[Call], metrics: dict[str, float]) -> CaseScore:
    answers = [call.answer for call in calls if isinstance(call.answer, ChatResponse)]
    return CaseScore(
        case=case.id,
        slices=case.slices,
        cluster=case.cluster,
        metrics=metrics,
        cost_usd=math.fsum(answer.cost_usd for answer in answers),
        tokens_in=sum(answer.usage.tokens_in for answer in answers),
        tokens_out=sum(answer.usage.tokens_out for answer in answers),
        seconds=math.fsum(answer.seconds for answer in answers),
    )


def _why(calls: Sequence[Call]) -> str:
    failed = (call.answer for call in calls if not isinstance(call.answer, ChatResponse))
    return next((type(error).__name__ for error in failed), "unreadable_verdict")
