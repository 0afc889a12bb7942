"""Cases asked of a model and scored, several at once, in their order."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.checkers.agreement.case import Case
from runner.checkers.agreement.params import Params
from runner.checkers.agreement.prompt import Prompt
from runner.checkers.agreement.score import VERSION, scored
from runner.core.chat import ChatModel, ChatRequest, ChatResponse
from runner.core.score import CaseScore
from runner.core.trial import Trial
from runner.lm.build import open_model
from runner.lm.error import UnansweredError
from runner.lm.span import chat_span
from runner.lm.task.ask import each_answer
from runner.lm.task.cell import Cells
from runner.lm.task.decoding import in_flight
from runner.lm.task.identity import identity
from runner.lm.task.prompt import asked
from runner.lm.task.trace import Traces
from runner.trace.span import Span, verdict_span

_NO_ANSWERS = {"model", "concurrency", "prompt", "decoding"}


@dataclass(frozen=True, slots=True)
class Order:
    """A case, and the system message with which it is asked."""

    case: Case
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A case that the model did not answer after every retry: nobody's score."""

    case: str
    error: UnansweredError


@dataclass(frozen=True, slots=True)
class Desk:
    """A model at work on an eval's cases.

    Attributes:
        model: Who answers.
        params: How it is asked, and how its answers are scored.
        cells: What was answered and scored before.
    """

    model: ChatModel
    params: Params
    cells: Cells

    def outcomes(self, orders: Sequence[Order], *, traces: Traces) -> Iterator[Trial | Unanswered]:
        """Answer and score cases, in their order; each is kept and traced as soon as it is done.

        Raises:
            LmError: no request can succeed.
        """
        kept = [self.cells.get(order.prompt.digest, order.case.digest) for order in orders]
        asked_of = zip(orders, kept, strict=True)
        requests = [self._request(order) for order, trial in asked_of if trial is None]
        answered = each_answer(
            self.model, requests, concurrency=in_flight(self.params.model, self.params.concurrency)
        )
        for order, trial in zip(orders, kept, strict=True):
            answer = next(answered) if trial is None else _again(trial)
            outcome = trial or self._outcome(order, answer)
            if traces.folder is not None:
                call = chat_span(self.model, self._request(order), answer)
                traces.write(order.case.id, [call, _verdict(order.case, outcome)])
            yield outcome

    def _request(self, order: Order) -> ChatRequest:
        return asked(
            order.prompt.text,
            order.case.asked,
            decoding=self.params.decoding,
            tools=order.case.attack.offered if order.case.attack is not None else (),
        )

    def _outcome(self, order: Order, answer: ChatResponse | UnansweredError) -> Trial | Unanswered:
        if isinstance(answer, UnansweredError):
            return Unanswered(order.case.id, answer)
        trial = scored(order.case, answer, self.params)
        self.cells.put(order.prompt.digest, order.case.digest, trial)
        return trial


def _again(trial: Trial) -> ChatResponse:
    """Return the answer of a trial that was kept, for its trace."""
    return ChatResponse(text=trial.output, reasoning=trial.reasoning)


def _verdict(case: Case, outcome: Trial | Unanswered) -> Span:
    if isinstance(outcome, Trial):
        return verdict_span(outcome.score, correction=outcome.correction)
    score = CaseScore(case=case.id, slices=case.slices, metrics={})
    return verdict_span(score, error=type(outcome.error).__name__)


@contextmanager
def open_desk(
    params: Params, *, folder: Path, environ: Mapping[str, str], cells: Path | None
) -> Iterator[Desk]:
    """Open the model and the cells for as long as the block runs.

    Raises:
        LmError: the model cannot be opened.
        CellError: the cells cannot be kept.
    """
    setting = {
        "kind": "agreement",
        "version": VERSION,
        "model": identity(params.model, folder=folder),
        "decoding": params.decoding.model_dump(mode="json"),
        "params": params.model_dump(mode="json", exclude=_NO_ANSWERS),
    }
    with (
        open_model(params.model, folder=folder, environ=environ) as model,
        Cells(cells, setting=setting) as kept,
    ):
        yield Desk(model, params, kept)
