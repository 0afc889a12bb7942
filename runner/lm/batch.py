"""Many requests at once, answered in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Thread

from runner.core.chat import ChatModel, ChatRequest, ChatResponse
from runner.lm.error import UnansweredError

Answer = ChatResponse | UnansweredError


class UnaskedError(UnansweredError):
    """The request was not asked: the money was spent before its turn."""


def answers(
    model: ChatModel,
    requests: Sequence[ChatRequest],
    *,
    concurrency: int,
    most_usd: float | None = None,
) -> list[Answer]:
    """Ask several requests at once; the answers are those of asking one after the other.

    Args:
        model: What answers.
        requests: What to ask.
        concurrency: Requests in flight at once, at most; at least one is.
        most_usd: Nothing more is asked once this many dollars are spent; what is in flight then
            is still waited and paid for. None for no bound.

    Returns:
        An answer or an error per request, in their order; `UnaskedError` for what was not asked.

    Raises:
        LmError: one that no request can escape; the first stops the rest at once.
        KeyboardInterrupt: at once; what is in flight is left behind.
    """
    found: list[Answer] = [UnaskedError(f"not asked: {most_usd} dollars are spent")] * len(requests)
    turns = _Turns(len(requests), most_usd)
    done: SimpleQueue[_Done | None] = SimpleQueue()
    # Daemons: an interrupted program does not wait for the slowest endpoint.
    threads = [
        Thread(target=_work, args=(model, requests, turns, done), daemon=True)
        for _ in range(min(max(concurrency, 1), len(requests)))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in threads:
            while (each := done.get()) is not None:
                found[each.index] = each.answer()
    finally:
        turns.end()
    return found


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of one request."""

    index: int
    outcome: ChatResponse | BaseException

    def answer(self) -> Answer:
        """Return what was answered, or raise what concerns every request."""
        if isinstance(self.outcome, ChatResponse | UnansweredError):
            return self.outcome
        raise self.outcome


class _Turns:
    """Hands out each request once, until the money is spent or the caller has left."""

    def __init__(self, count: int, most_usd: float | None) -> None:
        self._next = 0
        self._count = count
        self._most_usd = most_usd
        self._spent_usd = 0.0
        self._lock = Lock()

    def take(self) -> int | None:
        """Return the next request's index; None when there is none to ask."""
        with self._lock:
            spent = self._most_usd is not None and self._spent_usd >= self._most_usd
            if spent or self._next >= self._count:
                return None
            self._next += 1
            return self._next - 1

    def pay(self, usd: float) -> None:
        with self._lock:
            self._spent_usd += usd

    def end(self) -> None:
        """Hand out nothing more."""
        with self._lock:
            self._next = self._count


def _work(
    model: ChatModel,
    requests: Sequence[ChatRequest],
    turns: _Turns,
    done: "SimpleQueue[_Done | None]",
) -> None:
    """Ask in turn; None says that this thread has ended."""
    while (index := turns.take()) is not None:
        outcome: ChatResponse | BaseException
        try:
            outcome = model.complete(requests[index])
            turns.pay(outcome.cost_usd)
        except BaseException as err:  # noqa: BLE001 - raised again where someone waits
            outcome = err
        done.put(_Done(index, outcome))
    done.put(None)
