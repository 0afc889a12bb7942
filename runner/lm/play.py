"""Any chat model as one that holds several conversations at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Thread

from runner.core.canonical import canonical, digest
from runner.core.chat import (
    ChatModel,
    ChatRequest,
    ChatResponse,
    Message,
    Reply,
    Unanswered,
)
from runner.lm.error import UnansweredError, WindowError

_SEED_DIGITS = 7  # hexadecimal: endpoints take seeds of 32 bits


class Talk:
    """A chat model that holds conversations by threads, one request per answer."""

    def __init__(self, model: ChatModel, *, concurrency: int = 1) -> None:
        """Wrap a model.

        Args:
            model: What answers.
            concurrency: Requests in flight at once, at most; at least one is.
        """
        self._model = model
        self._concurrency = max(concurrency, 1)

    @property
    def name(self) -> str:
        """What the model calls itself."""
        return self._model.name

    def play(self, starts: Sequence[ChatRequest], reply: Reply) -> None:
        """Hold conversations until each has ended.

        Raises:
            LmError: one that no request can escape; the first stops the rest at once.
            KeyboardInterrupt: at once; what is in flight is left behind.
        """
        asked: SimpleQueue[_Turn | None] = SimpleQueue()
        answered: SimpleQueue[_Answered] = SimpleQueue()
        over = Event()
        count = min(self._concurrency, len(starts))
        # Daemons: an interrupted program does not wait for the slowest endpoint.
        for _ in range(count):
            Thread(target=_work, args=(self._model, asked, answered, over), daemon=True).start()
        for number, start in enumerate(starts):
            asked.put(_Turn(number, start))
        try:
            _hear(answered, asked, reply, going=len(starts))
        finally:
            over.set()
            for _ in range(count):
                asked.put(None)


@dataclass(frozen=True, slots=True)
class _Turn:
    """The request for one answer of a conversation.

    Attributes:
        turn: Answers before it.
    """

    number: int
    request: ChatRequest
    turn: int = 0

    def seeded(self) -> ChatRequest:
        """Return the request with a seed of this turn's: the same draws would say the same."""
        drawn = self.request.decoding
        if drawn.seed is None or not self.turn:
            return self.request
        seed = int(digest(canonical([drawn.seed, self.turn]))[:_SEED_DIGITS], 16)
        fresh = drawn.model_copy(update={"seed": seed})
        return self.request.model_copy(update={"decoding": fresh})

    def next(self, answer: ChatResponse, told: Sequence[Message]) -> "_Turn":
        said = Message(role="assistant", content=answer.text, tool_calls=answer.tool_calls)
        messages = (*self.request.messages, said, *told)
        request = self.request.model_copy(update={"messages": messages})
        return _Turn(self.number, request, self.turn + 1)


@dataclass(frozen=True, slots=True)
class _Answered:
    """What became of one request."""

    turn: _Turn
    outcome: ChatResponse | BaseException

    def heard(self) -> ChatResponse | Unanswered:
        """Return the answer, or raise what concerns every request."""
        if isinstance(self.outcome, ChatResponse):
            return self.outcome
        if isinstance(self.outcome, UnansweredError):
            return Unanswered(error=str(self.outcome), window=isinstance(self.outcome, WindowError))
        raise self.outcome


def _hear(
    answered: SimpleQueue[_Answered], asked: SimpleQueue[_Turn | None], reply: Reply, *, going: int
) -> None:
    """Hand on each answer, and ask on, until no conversation is left."""
    while going:
        found = answered.get()
        answer = found.heard()
        told = reply(found.turn.number, answer)
        if told and isinstance(answer, ChatResponse):
            asked.put(found.turn.next(answer, told))
        else:
            going -= 1


def _work(
    model: ChatModel,
    asked: SimpleQueue[_Turn | None],
    answered: SimpleQueue[_Answered],
    over: Event,
) -> None:
    """Ask in turn until told to end, or until no request can succeed."""
    while (turn := asked.get()) is not None and not over.is_set():
        outcome: ChatResponse | BaseException
        try:
            outcome = model.complete(turn.seeded())
        except UnansweredError as err:
            outcome = err
        except BaseException as err:  # noqa: BLE001 - raised again where someone waits
            over.set()
            outcome = err
        answered.put(_Answered(turn, outcome))
